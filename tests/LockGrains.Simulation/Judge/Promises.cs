namespace LockGrains.Simulation;

/// <summary>What the lock promises, in numbers, as its documents give them.</summary>
internal sealed record Promises
{
    public required long FirstLease { get; init; }

    /// <summary>The longest that a call of a client with heartbeats waits.</summary>
    public long BeatingSlice { get; init; } = 60 * TimeSpan.TicksPerSecond;

    /// <summary>How long a waiter keeps its place after its client was heard.</summary>
    public required long Window { get; init; }

    /// <summary>The longest that a call of a client without heartbeats waits.</summary>
    public long Slice => Window / 2;

    /// <summary>How long a client that was heard counts as present.</summary>
    public long Presence => Window * 6 / 10;

    /// <summary>The wall clock at the beginning of the world, in milliseconds.</summary>
    public long Epoch { get; init; }

    public required long MaxClockSkew { get; init; }

    public required long StoreTimeout { get; init; }

    public required int RestartsMax { get; init; }

    public required int QueueLimit { get; init; }

    /// <summary>How many hold a key at a time, at most.</summary>
    public int HoldersMax { get; init; } = 1000;

    /// <summary>The largest limit with which permits have numbers.</summary>
    public int NumbersMax { get; init; } = 4096;

    public required long ValidationAge { get; init; }

    public required long ReleaseWriteDelay { get; init; }

    /// <summary>How long a key is kept that nobody uses, at least; 0 for always.</summary>
    public long ForgetAfter { get; init; }

    /// <summary>How long "there is no record" may be leaned on: a creation is told only if it is answered within twice that.</summary>
    public long CreateWindow { get; init; }

    /// <summary>How many ended attempts the record must name.</summary>
    public int Recorded { get; init; } = 16;

    /// <summary>How many ended attempts an activation must remember.</summary>
    public int Remembered { get; init; } = 64;

    /// <summary>The bytes of a lock record with one holder, apart from its list of chunks.</summary>
    public int RecordBytes { get; init; } = 700;

    /// <summary>The bytes of each holder more, apart from the numbers of its permits.</summary>
    public int HolderBytes { get; init; } = 80;

    public int NumberBytes { get; init; } = 4;

    /// <summary>The bytes of the session of a holder.</summary>
    public int SessionBytes { get; init; } = 24;

    /// <summary>How long a try that would be refused waits for word of the sessions that the lock is held under, at most.</summary>
    public long SessionTry { get; init; } = TimeSpan.TicksPerSecond;

    /// <summary>
    /// How soon a lock is free after the end of its session when somebody waits: one question of 20 s whose reply was lost, the pauses after trouble, and
    /// the way there and back.
    /// </summary>
    public long SessionLag { get; init; } = 45 * TimeSpan.TicksPerSecond;

    /// <summary>How long a call may wait before it is answered.</summary>
    public long SliceOf(CallFacts call) => Math.Min(call.Slice, call.Beats > 0 ? BeatingSlice : Slice);

    /// <summary>What is left of a duration on any of the clocks that the promises hold for.</summary>
    public static long Least(long duration) => duration - (duration / 100);
}
