namespace LockGrains.Simulation;

/// <summary>What the lock promises, in numbers, as its documents give them.</summary>
internal sealed record Promises
{
    public required long FirstLease { get; init; }

    /// <summary>How long a call near the head of the queue waits at most.</summary>
    public required long Slice { get; init; }

    /// <summary>How long a call waits at most.</summary>
    public required long FarSlice { get; init; }

    public required long Grace { get; init; }

    public required long ReattachWindow { get; init; }

    public required long MaxClockSkew { get; init; }

    public required long StoreTimeout { get; init; }

    public required int RestartsMax { get; init; }

    public required int QueueLimit { get; init; }

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

    /// <summary>The bytes of a lock record, apart from its list of chunks.</summary>
    public int RecordBytes { get; init; } = 700;

    /// <summary>What is left of a duration on any of the clocks that the promises hold for.</summary>
    public static long Least(long duration) => duration - (duration / 100);
}
