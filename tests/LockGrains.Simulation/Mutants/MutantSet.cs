namespace LockGrains.Simulation;

/// <summary>The protections that are switched off at the seams of a world; those inside Core are in its mutated copy.</summary>
internal sealed record MutantSet
{
    /// <summary>The store says "written" before it writes.</summary>
    public bool AcksBeforeWriting { get; init; }

    /// <summary>The store writes without comparing.</summary>
    public bool SkipsCompare { get; init; }

    /// <summary>The store deletes without comparing.</summary>
    public bool DeletesWithoutComparing { get; init; }

    public static MutantSet Of(Mutation? mutation) => new()
    {
        AcksBeforeWriting = mutation?.Name == "ack-before-write",
        SkipsCompare = mutation?.Name == "skip-compare",
        DeletesWithoutComparing = mutation?.Name == "forget-without-compare",
    };
}
