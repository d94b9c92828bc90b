namespace LockGrains.Cli.Commands;

/// <summary><c>revoke</c>: take a lock from its holders.</summary>
internal static class RevokeCommand
{
    /// <summary>Ends one hold, or all of them.</summary>
    /// <param name="key">The key.</param>
    /// <param name="token">The fencing token of the hold; 0 for all holds.</param>
    /// <param name="reason">Why, for the silo's audit log; null for no reason.</param>
    /// <param name="context">What every command works with.</param>
    /// <param name="cancellationToken">Ends it; holds may have ended.</param>
    public static async Task<int> RunAsync(string key, long token, string? reason, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken, reason);

        // All holds are revoked by one try, which is not wasted on a server that is yet to come. One hold is revoked by as many as it takes.
        if (token == 0)
            await connection.Calls.ReachAsync(cancellationToken);
        var reply = await connection.Client.RevokeAsync(key, token, cancellationToken);
        switch (reply.Status)
        {
            case RevokeStatus.Revoked:
                context.Out.WriteLine(Describe(key, reply));
                return ExitCode.Success;
            case RevokeStatus.NotHeld:
                context.Tell(token == 0 ? $"'{key}' is not held" : $"'{key}' is not held with token {token}");
                return ExitCode.NotThere;
            default:
                throw new CliException(
                    ExitCode.Unavailable,
                    $"nobody can say whether '{key}' was revoked: {reply.Detail ?? "no reason given"}. Ask again.");
        }
    }

    /// <summary>Ends a session, and with it all that is held under it.</summary>
    public static async Task<int> RunSessionAsync(string id, string? reason, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken, reason);
        var reply = await connection.Client.RevokeSessionAsync(id, cancellationToken);
        if (reply.Status == RevokeStatus.Revoked)
        {
            context.Out.WriteLine($"ended the session {id}: its locks are free as soon as somebody wants them");
            return ExitCode.Success;
        }

        context.Tell($"there is no session '{id}'");
        return ExitCode.NotThere;
    }

    /// <summary>What was revoked, in one line.</summary>
    internal static string Describe(string key, RevokeReply reply) => reply.Count > 1
        ? $"revoked '{key}': {reply.Count} holds ended, the largest token was {reply.FencingToken}"
        : $"revoked '{key}': 1 hold ended, with token {reply.FencingToken}";
}
