namespace LockGrains.Simulation;

/// <summary>What a client was told of one hold, while it was so much of the lock.</summary>
internal sealed class HoldFacts
{
    public required ShareFacts Share { get; init; }

    public long Token => Share.Token;

    /// <summary>The number of the last change of the hold until then.</summary>
    public required int Change { get; init; }

    /// <summary>When its client was first answered that it holds so.</summary>
    public required long SeenAt { get; init; }

    /// <summary>Whether an answer that says so came while its client awaited it.</summary>
    public bool IsTold { get; set; }

    /// <summary>The sending of the last call that was answered as by a holder.</summary>
    public long AskedAt { get; set; }

    /// <summary>When its client was first answered, after that, that it holds no more; -1 for never.</summary>
    public long EndSeenAt { get; set; } = -1;
}
