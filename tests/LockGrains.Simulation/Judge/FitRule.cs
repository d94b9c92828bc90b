namespace LockGrains.Simulation;

/// <summary>Which holds may be side by side: plain sums over all of them, and nothing of the lock's own.</summary>
internal static class FitRule
{
    /// <summary>What is wrong with these holding at one time; null when nothing is.</summary>
    public static string? FindClash(IReadOnlyCollection<ShareFacts> shares)
    {
        if (shares.Count == 0)
            return null;
        return (shares.Count == 1 ? null : FindPair(shares)) ?? FindExcess(shares) ?? FindNumberTwice(shares);
    }

    /// <summary>Whether one more may come to those that hold.</summary>
    public static bool Admits(IReadOnlyCollection<ShareFacts> shares, ShareFacts next) =>
        FindClash([.. shares, next with { Token = long.MaxValue, Numbers = [] }]) is null;

    private static string? FindPair(IReadOnlyCollection<ShareFacts> shares)
    {
        if (shares.GroupBy(share => share.Lease).FirstOrDefault(own => own.Count() > 1) is { } twice)
            return $"{twice.First()} holds twice";
        if (shares.FirstOrDefault(share => share.Mode == HoldMode.Exclusive) is { } alone)
            return $"{alone} holds beside {shares.First(share => share.Lease != alone.Lease)}";
        return shares.Where(share => share.Mode == HoldMode.Upgradeable).ToArray() is [var one, var two, ..]
            ? $"{one} and {two} could both become exclusive"
            : null;
    }

    // A limit is kept by who has it: what was taken when it came, its own permits included. Who comes later may have a larger one, or none.
    private static string? FindExcess(IReadOnlyCollection<ShareFacts> shares)
    {
        foreach (var share in shares)
        {
            var taken = share.Limit == 0 ? 0 : shares.Where(other => other.Token <= share.Token).Sum(other => (long)other.Permits);
            if (taken > share.Limit)
                return $"{share} came when others held, and with it {taken} permits were taken";
        }

        return null;
    }

    private static string? FindNumberTwice(IReadOnlyCollection<ShareFacts> shares)
    {
        if (shares.All(share => share.Numbers.Count == 0))
            return null;
        var owners = new Dictionary<int, ShareFacts>();
        foreach (var share in shares)
        {
            foreach (var number in share.Numbers)
            {
                if (!owners.TryAdd(number, share))
                    return $"{owners[number]} and {share} both have number {number}";
            }
        }

        return null;
    }
}
