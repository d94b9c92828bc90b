namespace LockGrains;

/// <summary>What came of a call that runs work once per cluster.</summary>
public enum RunOnceStatus
{
    /// <summary>Never returned.</summary>
    None = 0,

    /// <summary>This call ran the work, and its outcome is stored.</summary>
    Ran = 1,

    /// <summary>The outcome of this edition was stored already: another call has run it.</summary>
    AlreadyRun = 2,

    /// <summary>The outcome of a later edition is stored, so this one does not run any more.</summary>
    Superseded = 3,

    /// <summary>Somebody held the lock for the whole wait, and no outcome was stored.</summary>
    Skipped = 4,
}
