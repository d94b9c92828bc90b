using System.CommandLine;
using System.CommandLine.Parsing;
using LockGrains.Cli.Commands;

namespace LockGrains.Cli;

/// <summary>The commands that show locks, as they are typed.</summary>
internal sealed class SeeingCommands(SharedArguments shared)
{
    // The most that a process can name; far beyond what is live anywhere.
    private const int ListedMax = 1_000_000_000;

    public Command MakeStatus()
    {
        var key = SharedArguments.MakeKey();
        var json = new Option<bool>("--json");
        var status = new Command("status") { key, json };
        shared.AddWithKey(status);
        status.SetAction((result, cancellationToken) =>
            StatusCommand.RunAsync(result.GetRequiredValue(key), result.GetValue(json), shared.Read(result), cancellationToken));
        return status;
    }

    public Command MakeList()
    {
        var prefix = new Argument<string>("PREFIX") { Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
        prefix.Validators.Add(static result => AddPrefixProblem(result, result.Tokens));
        var held = new Option<bool>("--held");
        var waited = new Option<bool>("--waited");
        var limit = CountOption.Create("--limit", ListedMax);
        var json = new Option<bool>("--json");
        var list = new Command("list") { prefix, held, waited, limit, json };
        shared.AddTo(list);
        list.Validators.Add(result =>
        {
            if (result.GetValue(held) && result.GetValue(waited))
                result.AddError("--held and --waited exclude each other; without both it lists what is held or waited for.");
        });
        list.SetAction((result, cancellationToken) => ListCommand.RunAsync(
            result.GetValue(prefix) ?? "",
            result.GetValue(held) ? LockListState.Held : result.GetValue(waited) ? LockListState.Waited : LockListState.All,
            result.GetValue(limit),
            result.GetValue(json),
            shared.Read(result),
            cancellationToken));
        return list;
    }

    public Command MakeWatch()
    {
        var key = SharedArguments.MakeKey();
        var prefix = new Option<string?>("--prefix");
        prefix.Validators.Add(static result => AddPrefixProblem(result, result.Tokens));
        var json = new Option<bool>("--json");
        var watch = new Command("watch") { key, prefix, json };
        shared.AddTo(watch);
        watch.Validators.Add(result =>
        {
            var hasKey = result.GetResult(key) is { Tokens.Count: > 0 };
            if (hasKey == result.GetResult(prefix) is not null)
                result.AddError(hasKey ? "KEY and --prefix exclude each other." : "There is no KEY, the name of the lock, after watch, and no --prefix.");
        });
        watch.SetAction(result => result.GetResult(prefix) is null
            ? WatchCommand.RunAsync(result.GetRequiredValue(key), result.GetValue(json), shared.Read(result))
            : WatchCommand.RunPrefixAsync(result.GetValue(prefix) ?? "", result.GetValue(json), shared.Read(result)));
        return watch;
    }

    public Command MakeValue()
    {
        var key = SharedArguments.MakeKey();
        var json = new Option<bool>("--json");
        var value = new Command("value") { key, json };
        shared.AddWithKey(value);
        value.SetAction((result, cancellationToken) =>
            ValueCommand.RunAsync(result.GetRequiredValue(key), result.GetValue(json), shared.Read(result), cancellationToken));
        return value;
    }

    private static void AddPrefixProblem(SymbolResult result, IReadOnlyList<Token> tokens)
    {
        if (tokens is [{ Value: var text }] && LockPrefix.FindProblem(text) is { } problem)
            result.AddError(problem);
    }
}
