namespace LockGrains.Chaos;

/// <summary>All injections of one kind, in sum.</summary>
internal sealed record FaultKind(string Name, IReadOnlyList<FaultOutcome> Outcomes)
{
    public long Operations => Outcomes.Sum(outcome => outcome.Operations);

    public int Violations => Outcomes.Sum(outcome => outcome.Violations);

    public IReadOnlyList<double> Recoveries { get; } = [.. Outcomes.SelectMany(outcome => outcome.Recoveries)];

    public double P50 => Percentile.Of(Recoveries, 50);

    public double P99 => Percentile.Of(Recoveries, 99);

    public double Max => Recoveries.DefaultIfEmpty().Max();

    public double AfterHeal => Percentile.Of([.. Outcomes.Select(outcome => outcome.AfterHeal)], 50);

    public long FailureCount => Outcomes.Sum(outcome => outcome.Failures.Values.Sum());

    public string Failures => string.Join(", ", Outcomes.SelectMany(outcome => outcome.Failures).GroupBy(pair => pair.Key)
        .Select(group => $"{group.Sum(pair => pair.Value)} {group.Key}"));
}
