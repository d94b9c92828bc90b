namespace LockGrains.Benchmarks;

/// <summary>What a case found.</summary>
/// <param name="Letter">The case.</param>
/// <param name="Title">What it asks.</param>
internal sealed record CaseResult(char Letter, string Title)
{
    public List<Table> Tables { get; } = [];

    public List<Bar> Bars { get; } = [];

    public List<LinePlot> Plots { get; } = [];

    /// <summary>How it was measured, and what else a reader must know.</summary>
    public List<string> Notes { get; } = [];
}
