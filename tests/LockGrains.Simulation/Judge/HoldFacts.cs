namespace LockGrains.Simulation;

/// <summary>What a client was told of one hold.</summary>
internal sealed class HoldFacts
{
    public required Guid Lease { get; init; }

    public required long Token { get; init; }

    /// <summary>When its client was first answered that it holds.</summary>
    public required long SeenAt { get; init; }

    /// <summary>Whether an answer that says so came while its client awaited it.</summary>
    public bool IsTold { get; set; }

    /// <summary>The sending of the last call that was answered as by a holder.</summary>
    public long AskedAt { get; set; }

    /// <summary>When its client was first answered, after that, that it holds no more; -1 for never.</summary>
    public long EndSeenAt { get; set; } = -1;
}
