namespace LockGrains.Cli.Guarding;

/// <summary>
/// The words between lockgrains and the guard of its command, each a line, some with numbers behind it, <see cref="Start"/> with a
/// <see cref="Children.HeldLock"/> for each lock. Both are always of the same
/// version: the one has started the other.
/// </summary>
internal static class GuardWord
{
    // Orders.
    public const string Start = "start";
    public const string HeldUntil = "until";
    public const string Revoked = "revoked";
    public const string Signal = "signal";

    // Reports.
    public const string Failed = "failed";
    public const string Exited = "exited";
    public const string Ended = "ended";
    public const string Asked = "asked";
    public const string Killed = "killed";
    public const string Resumed = "resumed";
}
