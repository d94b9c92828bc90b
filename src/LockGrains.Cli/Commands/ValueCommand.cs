using LockGrains.Cli.Streams;

namespace LockGrains.Cli.Commands;

/// <summary><c>value</c>: what the holder of a lock has written beside it.</summary>
internal static class ValueCommand
{
    public static async Task<int> RunAsync(string key, bool json, CommandContext context, CancellationToken cancellationToken)
    {
        await using var connection = await context.ConnectAsync(cancellationToken);
        return Show(key, await connection.Client.GetValueAsync(key, cancellationToken), json, isTerminal: !Console.IsOutputRedirected, context);
    }

    /// <summary>Shows a value: to a program its bytes and nothing else, to a terminal a line.</summary>
    internal static int Show(string key, ValueReply reply, bool json, bool isTerminal, CommandContext context)
    {
        if (json)
            context.Out.Write(ValueText.ToJson(key, reply));
        else if (reply.Value is not { } value)
            context.Tell($"'{key}' has no value");
        else if (isTerminal)
            context.Out.WriteLine(ValueText.ForTerminal(value));
        else
            ((OutputWriter)context.Out).WriteBytes(value.Bytes.AsSpan());
        return reply.Value is null ? ExitCode.NotThere : ExitCode.Success;
    }
}
