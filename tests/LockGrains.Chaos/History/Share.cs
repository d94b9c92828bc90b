using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>How much of a lock a request asks for, or a hold has.</summary>
/// <param name="Mode">What it shares the lock with.</param>
/// <param name="Permits">How many permits it takes.</param>
/// <param name="Limit">The most that may be taken together; 0 where nothing is counted.</param>
internal sealed record Share(LockMode Mode, int Permits = 1, int Limit = 0)
{
    /// <summary>All of it: a mutex, or a writer.</summary>
    public static Share Whole { get; } = new(LockMode.Exclusive);

    /// <summary>The numbers of its permits; none where they have none.</summary>
    public IReadOnlyList<int> Numbers { get; init; } = [];

    /// <summary>Whether two such holds may never be there at one time, whatever the limit.</summary>
    public bool Excludes(Share other) => Mode == LockMode.Exclusive || other.Mode == LockMode.Exclusive
        || (Mode == LockMode.Upgradeable && other.Mode == LockMode.Upgradeable);

    /// <summary>For people.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mode}")
        + (Limit > 0 ? string.Create(CultureInfo.InvariantCulture, $" {Permits} of {Limit}") : "")
        + (Numbers.Count > 0 ? $" no. {string.Join(',', Numbers)}" : "");
}
