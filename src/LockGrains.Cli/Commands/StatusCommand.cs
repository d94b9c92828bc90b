namespace LockGrains.Cli.Commands;

/// <summary><c>status</c>: who holds a lock, who waits, and why.</summary>
internal static class StatusCommand
{
    public static async Task<int> RunAsync(string key, bool json, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        var info = await connection.Client.GetInfoAsync(key, cancellationToken);
        if (!info.Known)
        {
            throw new CliException(ExitCode.Unavailable, $"the state of '{key}' is not known just now: {info.Detail ?? "no reason given"}");
        }

        context.Out.Write(json ? StatusText.ToJson(key, info) : StatusText.ToTable(key, info));
        return ExitCode.Success;
    }
}
