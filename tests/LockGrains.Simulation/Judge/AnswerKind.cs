namespace LockGrains.Simulation;

internal enum AnswerKind
{
    Unknown,
    Granted,
    Queued,
    Busy,
    TimedOut,
    QueueFull,
    Over,
    Invalid,
    Renewed,
    Ended,
    NotHeld,
    Current,
    Waits,
    CallAgain,
    Changed,
    OverLimit,
    ValueIs,
    LimitIs,
    SessionOver,
}
