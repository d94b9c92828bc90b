namespace LockGrains;

/// <summary>How an acquire ended, for the instruments.</summary>
internal enum AcquireOutcome
{
    Failed,
    Granted,
    NotAcquired,
    QueueFull,
    Unavailable,
    Cancelled,
}
