namespace LockGrains.Cli.Commands;

/// <summary><c>status</c>: who holds a lock, who waits, and why.</summary>
internal static class StatusCommand
{
    public static async Task<int> RunAsync(string key, bool json, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        var info = await ReadAsync(connection.Client, key, cancellationToken);
        context.Out.Write(json ? StatusText.ToJson(key, info) : StatusText.ToTable(key, info));
        return ExitCode.Success;
    }

    /// <summary>The state of a lock, where its silo knows it.</summary>
    /// <exception cref="CliException">It does not.</exception>
    internal static async Task<LockInfo> ReadAsync(ILockClient client, string key, CancellationToken cancellationToken)
    {
        var info = await client.GetInfoAsync(key, cancellationToken);
        return info.Known
            ? info
            : throw new CliException(ExitCode.Unavailable, $"the state of '{key}' is not known just now: {info.Detail ?? "no reason given"}");
    }
}
