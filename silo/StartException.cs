namespace LockGrains.Silo;

/// <summary>A reason not to start, told in plain lines, with the exit code that goes with it (sysexits.h).</summary>
internal sealed class StartException : Exception
{
    /// <summary>The settings or arguments are wrong: starting again will not help.</summary>
    public const int BadSettings = 64;

    /// <summary>Redis or PostgreSQL did not reply: starting again later may help.</summary>
    public const int Unavailable = 69;

    /// <summary>Anything else.</summary>
    public const int Failed = 70;

    public StartException(int exitCode, string message, Exception? innerException = null)
        : base(message, innerException) => ExitCode = exitCode;

    public int ExitCode { get; }
}
