namespace LockGrains.Cli;

/// <summary>
/// The exit codes that are lockgrains' own. They follow sysexits.h and the shell, in ranges that commands seldom use, so that a
/// script can tell "the lock failed" from "the command failed". Every other code of <c>run</c> is the command's.
/// </summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command line was wrong, or asks for more permits than the limit of the key.</summary>
    public const int Usage = 64;

    /// <summary>
    /// What the command was about is not there, and nothing changed. <c>revoke</c>: nobody holds the lock, or not with that token.
    /// <c>value</c>: the lock has none. <c>limit</c>: it is another than <c>--from</c>.
    /// </summary>
    public const int NotThere = 65;

    /// <summary>No server replied, or the silos cannot reach their storage.</summary>
    public const int Unavailable = 69;

    /// <summary>A defect of lockgrains itself.</summary>
    public const int Internal = 70;

    /// <summary>Standard output could not be written to.</summary>
    public const int OutputFailed = 74;

    /// <summary>The lock did not come within <c>--wait</c>, or its queue is full.</summary>
    public const int NotAcquired = 75;

    /// <summary>The lock was lost while the command ran; the command was ended.</summary>
    public const int Lost = 76;

    /// <summary>The server knows no such access key, or the key may not do this.</summary>
    public const int NotAllowed = 77;

    /// <summary>The command was ended because it had held the lock for <c>--max-hold</c>, as <c>timeout</c> says it.</summary>
    public const int HeldTooLong = 124;

    /// <summary>The command was found but could not be started, as in a shell.</summary>
    public const int NotExecutable = 126;

    /// <summary>The command was not found, as in a shell.</summary>
    public const int NotFound = 127;

    /// <summary>A process ended by signal n exits with this plus n, as in a shell.</summary>
    public const int SignalBase = 128;
}
