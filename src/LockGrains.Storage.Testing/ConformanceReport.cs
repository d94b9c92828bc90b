using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Storage.Testing;

/// <summary>What came of a case.</summary>
public enum ConformanceOutcome
{
    /// <summary>Never valid: a default-made value.</summary>
    None = 0,

    /// <summary>The storage did what it must.</summary>
    Passed = 1,

    /// <summary>It did not: locks are not safe there.</summary>
    Failed = 2,

    /// <summary>The case could not be tried; the detail says why.</summary>
    Skipped = 3,
}

/// <summary>What came of a case.</summary>
/// <param name="Case">The name of the case.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Detail">What was seen when it failed, or why it was skipped; empty when it passed.</param>
public sealed record ConformanceResult(string Case, ConformanceOutcome Outcome, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() =>
        Detail.Length == 0 ? $"{Outcome,-7} {Case}" : $"{Outcome,-7} {Case}: {Detail}";
}

/// <summary>What came of all cases.</summary>
/// <param name="Results">Each of them, in the order in which they ran.</param>
public sealed record ConformanceReport(IReadOnlyList<ConformanceResult> Results)
{
    /// <summary>Whether no case failed. One that was skipped says nothing.</summary>
    public bool IsSound => Failures.Count == 0;

    /// <summary>Those that failed.</summary>
    public IReadOnlyList<ConformanceResult> Failures => [.. Results.Where(result => result.Outcome == ConformanceOutcome.Failed)];

    /// <summary>Throws one exception that names every case that failed, with what was seen.</summary>
    /// <exception cref="ConformanceException">A case failed.</exception>
    public void ThrowIfFailed()
    {
        if (!IsSound)
            throw new ConformanceException(this);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(Environment.NewLine, Results);
}

/// <summary>The storage is not safe for locks.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Always says what was seen.")]
public sealed class ConformanceException : Exception
{
    internal ConformanceException(ConformanceReport report)
        : base($"{report.Failures.Count} of {report.Results.Count} cases failed; locks are not safe on this storage."
            + Environment.NewLine + string.Join(Environment.NewLine, report.Failures)) => Report = report;

    /// <summary>All results.</summary>
    public ConformanceReport Report { get; }
}
