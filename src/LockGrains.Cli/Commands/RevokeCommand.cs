namespace LockGrains.Cli.Commands;

/// <summary><c>revoke</c>: take a lock from its holder.</summary>
internal static class RevokeCommand
{
    public static async Task<int> RunAsync(string key, long token, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        var reply = await connection.Client.RevokeAsync(key, token, cancellationToken);
        switch (reply.Status)
        {
            case RevokeStatus.Revoked:
                context.Out.WriteLine($"revoked '{key}' from the holder with token {reply.FencingToken}");
                return ExitCode.Success;
            case RevokeStatus.NotHeld:
                context.Tell(token == 0 ? $"'{key}' is not held" : $"'{key}' is not held with token {token}");
                return ExitCode.NotHeld;
            default:
                throw new CliException(
                    ExitCode.Unavailable,
                    $"nobody can say whether '{key}' was revoked: {reply.Detail ?? "no reason given"}. Ask again.");
        }
    }
}
