using LockGrains.Cli.Connecting;

namespace LockGrains.Cli;

/// <summary>Turns what went wrong into an exit code and one line.</summary>
internal static class Failure
{
    /// <summary>The exit code and the line for an exception that ended a command.</summary>
    /// <param name="exception">What ended it.</param>
    /// <param name="missingOperatorKey">Where an operator's key was looked for and not found; null where none was looked for.</param>
    public static (int ExitCode, string Message) Describe(Exception exception, string? missingOperatorKey = null) => exception switch
    {
        CliException failure => (failure.ExitCode, failure.Message),

        // What a client says of it: that the call was not confirmed, which it never will be.
        UnauthorizedAccessException or LockUnavailableException { InnerException: UnauthorizedAccessException } =>
            (ExitCode.NotAllowed, $"{FirstLine(exception.GetBaseException())} {DescribeKeys(missingOperatorKey)}"),
        LockTimeoutException or LockQueueFullException => (ExitCode.NotAcquired, FirstLine(exception)),
        LockLostException => (ExitCode.Lost, FirstLine(exception)),
        LockUnavailableException or LockStoreMismatchException => (ExitCode.Unavailable, FirstLine(exception)),
        ArgumentException or LockLimitException => (ExitCode.Usage, FirstLine(exception)),
        _ => (ExitCode.Internal, $"unexpected {exception.GetType().Name}: {FirstLine(exception)} (--verbose shows where)"),
    };

    private static string DescribeKeys(string? missingOperatorKey) =>
        $"{ConnectionArguments.TokenVariable} is where lockgrains finds an access key."
        + (missingOperatorKey is null ? "" : $" No operator's key was found at {missingOperatorKey}; the silo's log says where it is (event 209).");

    /// <summary>The first line of the message, without the parameter name that .NET appends.</summary>
    public static string FirstLine(Exception exception)
    {
        var message = exception.Message.AsSpan().Trim();
        var end = message.IndexOfAny('\r', '\n');
        var line = (end < 0 ? message : message[..end]).ToString();
        return exception is ArgumentException { ParamName: { } name }
            ? line.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
            : line;
    }
}
