using System.CommandLine;
using LockGrains.Cli.Commands;

namespace LockGrains.Cli;

/// <summary>The commands of operators, as they are typed.</summary>
internal sealed class OperatorCommands(SharedArguments shared)
{
    // The audit log of a silo cuts what is longer.
    private const int ReasonMax = 1024;

    public Command MakeLimit()
    {
        var key = SharedArguments.MakeKey();
        var limit = LimitText.MakeArgument("N");
        var from = LimitText.MakeOption("--from");
        var command = new Command("limit") { key, limit, from };
        shared.AddWithKey(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(from) is not null && result.GetResult(limit) is not { Tokens.Count: > 0 })
                result.AddError("--from goes with a limit to set, as in: lockgrains limit KEY 5 --from 3.");
        });
        command.SetAction((result, cancellationToken) => LimitCommand.RunAsync(
            result.GetRequiredValue(key), LimitText.Find(result.GetValue(limit)), result.GetValue(from), shared.Read(result), cancellationToken));
        return command;
    }

    public Command MakeRevoke()
    {
        var key = SharedArguments.MakeKey();
        var token = MakeToken();
        var all = new Option<bool>("--all");
        var session = new Option<string>("--session");
        session.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var id }] && LockKey.FindProblem(id) is not null)
                result.AddError($"--session: '{id}' is not the id of a session.");
        });
        var reason = MakeReason();
        var revoke = new Command("revoke") { key, token, all, session, reason };
        shared.AddWithKey(revoke, isKeyNeeded: result => result.GetResult(session) is null);
        revoke.Validators.Add(result =>
        {
            var (hasKey, hasToken, isAll) = (result.GetResult(key) is { Tokens.Count: > 0 }, result.GetResult(token) is not null, result.GetValue(all));
            if (result.GetResult(session) is not null && (hasKey || hasToken || isAll))
                result.AddError("--session goes alone: it ends a session, whatever is held under it.");
            else if (hasToken && isAll)
                result.AddError("--token and --all exclude each other: one hold, or all of them.");
            else if (hasKey && !hasToken && !isAll)
                result.AddError("Say which hold is to end: --token N, which lockgrains status KEY shows as its token, or --all for whoever holds the lock by then.");
        });
        revoke.SetAction((result, cancellationToken) => result.GetValue(session) is { } id
            ? RevokeCommand.RunSessionAsync(id, result.GetValue(reason), shared.Read(result), cancellationToken)
            : RevokeCommand.RunAsync(result.GetRequiredValue(key), result.GetValue(token), result.GetValue(reason), shared.Read(result), cancellationToken));
        return revoke;
    }

    public Command MakeTidy()
    {
        var json = new Option<bool>("--json");
        var tidy = new Command("tidy") { json };
        shared.AddTo(tidy);
        tidy.SetAction((result, cancellationToken) =>
            TidyCommand.RunAsync(result.GetValue(json), shared.Read(result), TimeProvider.System, cancellationToken));
        return tidy;
    }

    private static Option<long> MakeToken()
    {
        var token = new Option<long>("--token");
        token.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.Tokens is [{ Value: var text }] && !(long.TryParse(text, out var value) && value > 0))
                result.AddError($"--token: '{text}' is not a fencing token, which is a positive whole number.");
        });
        return token;
    }

    private static Option<string?> MakeReason()
    {
        var reason = new Option<string?>("--reason");
        reason.Validators.Add(result =>
        {
            if (result.Tokens is not [{ Value: var text }])
                return;
            if (string.IsNullOrWhiteSpace(text))
                result.AddError("--reason is empty: say why, or leave it out.");
            else if (text.Length > ReasonMax)
                result.AddError($"--reason has {text.Length} characters; at most {ReasonMax}, which is what the audit log shows of it.");
        });
        return reason;
    }
}
