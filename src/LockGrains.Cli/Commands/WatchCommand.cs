using System.Globalization;
using LockGrains.Cli.Children;
using LockGrains.Cli.Watching;

namespace LockGrains.Cli.Commands;

/// <summary><c>watch</c>: a lock, or all of a prefix, until a signal ends it. A table on a terminal, and a line for each change elsewhere.</summary>
internal static class WatchCommand
{
    public static Task<int> RunAsync(string key, bool json, CommandContext context) => RunAsync(
        async (client, cancellationToken) =>
        {
            // Whether a server replies, and lets us, is told at once; what comes after that may be trouble that passes.
            await client.GetInfoAsync(key, cancellationToken);
            var states = client.WatchAsync(key, cancellationToken);
            await (FindView(json, context) is { } view ? view.ShowAsync(states, info => Draw(key, info, context)) : ShowAsync(states, key, json, context));
        },
        context);

    public static Task<int> RunPrefixAsync(string prefix, bool json, CommandContext context) => RunAsync(
        async (client, cancellationToken) =>
        {
            await using (var first = client.ListAsync(prefix, new LockListOptions { PageSize = 1 }, cancellationToken).GetAsyncEnumerator(cancellationToken))
                await first.MoveNextAsync();
            var updates = client.WatchPrefixAsync(prefix, cancellationToken);
            await (FindView(json, context) is { } view ? ShowTableAsync(updates, view, context) : ShowPrefixAsync(updates, json, context));
        },
        context);

    /// <summary>Shows states as they come.</summary>
    internal static async Task ShowAsync(IAsyncEnumerable<LockInfo> states, string key, bool json, CommandContext context)
    {
        var last = "";
        await foreach (var info in states)
        {
            var at = context.TimeProvider.GetLocalNow();
            if (json)
            {
                context.Out.Write(WatchText.ToJson(key, info, at));
                continue;
            }

            // Something has changed that the line does not say, such as which of two waiters waits.
            var line = WatchText.ToLine(info);
            if (line == last)
                continue;
            last = line;
            context.Out.WriteLine(WatchText.At(at, line));
        }
    }

    /// <summary>Shows the changes of a prefix as they come, a line for each lock. Silos that do not reply are told of on standard error.</summary>
    internal static async Task ShowPrefixAsync(IAsyncEnumerable<LockListUpdate> updates, bool json, CommandContext context)
    {
        var missing = "";
        await foreach (var update in updates)
        {
            var at = context.TimeProvider.GetLocalNow();
            context.Out.Write(string.Concat(json ? WatchText.ToJsonLines(update, at) : WatchText.ToLines(update, at)));
            var nowMissing = update.SilosMissing.IsEmpty ? "" : ListText.DescribeMissing(update.SilosMissing);
            if (update.Known && nowMissing != missing)
            {
                context.Tell(nowMissing.Length == 0 ? "all silos reply again" : $"{nowMissing}: what is there is not known just now");
                missing = nowMissing;
            }
        }
    }

    /// <summary>Shows a prefix as a table that is drawn anew.</summary>
    internal static Task ShowTableAsync(IAsyncEnumerable<LockListUpdate> updates, LiveView view, CommandContext context)
    {
        var table = new PrefixTable();
        return view.ShowAsync(updates, update =>
        {
            var at = context.TimeProvider.GetLocalNow();
            table.Take(update, at);
            return table.Draw(at, view.Height);
        });
    }

    /// <summary>What a terminal shows of one lock. Its times are those of the moment that it names.</summary>
    internal static IReadOnlyList<string> Draw(string key, LockInfo info, CommandContext context)
    {
        var at = context.TimeProvider.GetLocalNow();
        return info.Known
            ? [.. StatusText.ToTable(key, info).TrimEnd().Split(Environment.NewLine), string.Create(CultureInfo.InvariantCulture, $"{"as of",-11} {at:HH:mm:ss}")]
            : [WatchText.At(at, WatchText.ToLine(info))];
    }

    private static async Task<int> RunAsync(Func<ILockClient, CancellationToken, Task> show, CommandContext context)
    {
        using var signals = new SignalRelay(context.Tell);
        try
        {
            await using var connection = await context.ConnectAsync(signals.Interrupted);
            await show(connection.Client, signals.Interrupted);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (signals.InterruptedBy != 0)
        {
            return signals.InterruptedExitCode;
        }
    }

    private static LiveView? FindView(bool json, CommandContext context) => json ? null : LiveView.TryCreate(context.Out, isTerminal: !Console.IsOutputRedirected);
}
