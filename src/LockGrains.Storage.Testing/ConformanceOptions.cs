namespace LockGrains.Storage.Testing;

/// <summary>How hard the kit tries.</summary>
public sealed class ConformanceOptions
{
    /// <summary>The seed of all that is left to chance; the same one makes the same choices. Default: a new one each time, shown in failures.</summary>
    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>How many write at the same time in the races. 2 to 1,000; default 32.</summary>
    public int Writers { get; init; } = 32;

    /// <summary>How many keys the races are about. 1 to 100,000; default 200.</summary>
    public int Keys { get; init; } = 200;

    /// <summary>How many operations the random history has. 100 to 100,000,000; default 100,000.</summary>
    public int Operations { get; init; } = 100_000;

    /// <summary>How many connections are used at the same time. 1 to 100; default 4.</summary>
    public int Connections { get; init; } = 4;

    /// <summary>How long a case may take. More than 0; default 10 minutes.</summary>
    public TimeSpan CaseTimeout { get; init; } = TimeSpan.FromMinutes(10);

    internal void Validate()
    {
        Check(Writers, 2, 1_000, nameof(Writers));
        Check(Keys, 1, 100_000, nameof(Keys));
        Check(Operations, 100, 100_000_000, nameof(Operations));
        Check(Connections, 1, 100, nameof(Connections));
        if (CaseTimeout <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(CaseTimeout), CaseTimeout, $"{nameof(CaseTimeout)} must be more than 0.");
    }

    private static void Check(int value, int min, int max, string name)
    {
        if (value < min || value > max)
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {min} to {max}.");
    }
}
