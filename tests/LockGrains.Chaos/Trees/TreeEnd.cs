namespace LockGrains.Chaos;

/// <summary>How the hold of a command ends.</summary>
internal enum TreeEnd
{
    /// <summary>The command ends by itself, and leaves processes behind.</summary>
    ByItself,

    /// <summary>lockgrains is killed.</summary>
    Killed,

    /// <summary>lockgrains is stopped, past its lease.</summary>
    Stopped,

    /// <summary>The guard of the command is killed.</summary>
    GuardKilled,

    /// <summary>The guard is stopped, and then no silo answers any more.</summary>
    GuardStopped,

    /// <summary>No silo answers any more, so that the lease runs out.</summary>
    Lost,

    /// <summary>An operator takes the lock away.</summary>
    Revoked,

    /// <summary>lockgrains is sent a signal, which the command may ignore, and then killed.</summary>
    Signalled,

    /// <summary>The machine sleeps past the lease: everything stands still, and goes on with the clock far ahead.</summary>
    Suspended,
}
