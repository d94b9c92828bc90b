namespace LockGrains.Cli.Commands;

/// <summary><c>limit</c>: the most permits of a key that may be taken together, whatever those who ask say.</summary>
internal static class LimitCommand
{
    /// <summary>Sets the limit, or shows it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="limit">The limit to set, 0 for none; null to show it.</param>
    /// <param name="from">The limit that it replaces, 0 for none; null for whatever there is.</param>
    /// <param name="context">What every command works with.</param>
    /// <param name="cancellationToken">Ends it; the limit may have been set.</param>
    public static async Task<int> RunAsync(string key, int? limit, int? from, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        if (limit is not { } wanted)
        {
            var info = await StatusCommand.ReadAsync(connection.Client, key, cancellationToken);
            context.Out.WriteLine(LimitText.Format(info.Limit));
            return ExitCode.Success;
        }

        var reply = await connection.Client.SetLimitAsync(key, wanted == 0 ? null : wanted, from, cancellationToken);
        switch (reply.Status)
        {
            case LimitStatus.Current:
                context.Out.WriteLine($"the limit of '{key}' is {LimitText.Format(reply.Limit)}");
                return ExitCode.Success;
            case LimitStatus.Conflict:
                context.Tell(DescribeConflict(key, reply, from.GetValueOrDefault()));
                return ExitCode.NotThere;
            default:
                throw new CliException(
                    reply.Status == LimitStatus.Refused ? ExitCode.Usage : ExitCode.Unavailable,
                    $"the limit of '{key}' was not set: {reply.Detail ?? "no reason given"}");
        }
    }

    /// <summary>Why nothing was set, in one line.</summary>
    internal static string DescribeConflict(string key, LimitReply reply, int from)
    {
        var expected = from != (reply.Limit ?? 0) ? $", not {LimitText.Format(from)}" : ", set by another meanwhile";
        return $"the limit of '{key}' is {LimitText.Format(reply.Limit)}{expected}; nothing changed";
    }
}
