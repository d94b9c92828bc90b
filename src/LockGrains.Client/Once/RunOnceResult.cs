namespace LockGrains;

/// <summary>What came of a call that runs work once per cluster.</summary>
public sealed record RunOnceResult
{
    /// <summary>What came of it.</summary>
    public required RunOnceStatus Status { get; init; }

    /// <summary>
    /// What is stored: of this edition where it ran, now or before, and of a later one where that superseded it. Null where it was skipped.
    /// </summary>
    public RunOnceRecord? Last { get; init; }

    /// <summary>What the work of this edition returned, whoever ran it; null where it was superseded or skipped.</summary>
    public string? Outcome => Status is RunOnceStatus.Ran or RunOnceStatus.AlreadyRun ? Last?.Outcome : null;
}
