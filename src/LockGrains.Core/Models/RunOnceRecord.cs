namespace LockGrains;

/// <summary>What a lock's value says of work that runs once: the edition that ran last, and what came of it.</summary>
public sealed record RunOnceRecord
{
    /// <summary>The edition that ran last; empty for work that has none.</summary>
    public required string Edition { get; init; }

    /// <summary>What the work returned; empty for nothing.</summary>
    public required string Outcome { get; init; }

    /// <summary>The fencing token of the hold under which it ran.</summary>
    public required long FencingToken { get; init; }
}
