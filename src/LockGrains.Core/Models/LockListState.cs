namespace LockGrains;

/// <summary>Which of the live locks are listed. Sent, so the numbers never change.</summary>
public enum LockListState
{
    /// <summary>All that somebody holds or waits for.</summary>
    All = 0,

    /// <summary>Those that somebody holds.</summary>
    Held = 1,

    /// <summary>Those that somebody waits for, be it in the queue or to become exclusive.</summary>
    Waited = 2,
}
