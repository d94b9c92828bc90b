namespace LockGrains.Chaos;

/// <summary>One injection and what came of it.</summary>
internal sealed record FaultOutcome(string Name, double At)
{
    /// <summary>Operations completed from the injection until everything was well again.</summary>
    public long Operations { get; init; }

    public int Violations { get; init; }

    /// <summary>Of each hot key that it met: the longest time from the injection on without a grant, in seconds.</summary>
    public IReadOnlyList<double> Recoveries { get; init; } = [];

    /// <summary>From the end of the trouble until each hot key was granted, in seconds.</summary>
    public double AfterHeal { get; init; }

    /// <summary>From there until the keys under sessions and of the leader were granted, too, in seconds.</summary>
    public double RecurringAfter { get; init; }

    /// <summary>Operations that ended with an exception meanwhile, by its name.</summary>
    public IReadOnlyDictionary<string, long> Failures { get; init; } = new Dictionary<string, long>();

    /// <summary>All that it took, in seconds.</summary>
    public double Took { get; init; }

    public string? Problem { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What it measured besides, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();
}
