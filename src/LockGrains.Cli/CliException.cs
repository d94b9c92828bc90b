namespace LockGrains.Cli;

/// <summary>A failure that the user is told in one line, with the exit code that goes with it.</summary>
internal sealed class CliException : Exception
{
    public CliException(int exitCode, string message, Exception? innerException = null)
        : base(message, innerException) => ExitCode = exitCode;

    public int ExitCode { get; }
}
