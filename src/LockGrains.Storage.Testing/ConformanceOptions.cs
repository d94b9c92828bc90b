using LockGrains.Core;

namespace LockGrains.Storage.Testing;

/// <summary>How hard the kit tries.</summary>
public sealed class ConformanceOptions
{
    /// <summary>The seed of all that is left to chance; the same one makes the same choices. Default: a new one each time, shown in failures.</summary>
    public int Seed { get; init; } = Random.Shared.Next();

    /// <summary>How many write at the same time in the races. 2 to 1,000; default 32.</summary>
    [Allowed("2", "1000")]
    public int Writers { get; init; } = 32;

    /// <summary>How many keys the races are about. 1 to 100,000; default 200.</summary>
    [Allowed("1", "100000")]
    public int Keys { get; init; } = 200;

    /// <summary>How many operations the random history has. 100 to 100,000,000; default 100,000.</summary>
    [Allowed("100", "100000000")]
    public int Operations { get; init; } = 100_000;

    /// <summary>How many connections are used at the same time. 1 to 100; default 4.</summary>
    [Allowed("1", "100")]
    public int Connections { get; init; } = 4;

    /// <summary>How long a case may take. 1ms to 30d; default 10m.</summary>
    [Allowed("1ms", "30d")]
    public TimeSpan CaseTimeout { get; init; } = TimeSpan.FromMinutes(10);

    internal void Validate()
    {
        if (AllowedAttribute.FindProblems(this) is [var problem, ..])
            throw new ArgumentOutOfRangeException(problem.Split(' ')[0], problem);
    }
}
