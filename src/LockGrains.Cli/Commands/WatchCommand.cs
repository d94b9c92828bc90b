using LockGrains.Cli.Children;

namespace LockGrains.Cli.Commands;

/// <summary><c>watch</c>: a line for each change of a lock, until a signal ends it.</summary>
internal static class WatchCommand
{
    public static async Task<int> RunAsync(string key, bool json, CommandContext context)
    {
        using var signals = new SignalRelay(context.Tell);
        try
        {
            await using var connection = await context.ConnectAsync(signals.Interrupted);
            await ShowAsync(connection.Client.WatchAsync(key, signals.Interrupted), key, json, context);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (signals.InterruptedBy != 0)
        {
            return signals.InterruptedExitCode;
        }
    }

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
}
