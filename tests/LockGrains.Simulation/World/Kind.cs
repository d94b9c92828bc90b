namespace LockGrains.Simulation;

/// <summary>What an attempt asks for: with whom it shares the lock, and how many permits it takes of which limit; 0 for no limit.</summary>
internal readonly record struct Kind(HoldMode Mode, int Permits, int Limit)
{
    // A limit with which permits have no numbers.
    private const int LimitWithoutNumbers = 5000;
    private const int PermitsAtOnceMax = 8;

    private static Kind Mutex => new(HoldMode.Exclusive, Permits: 1, Limit: 0);

    public static Kind Draw(WorldOptions options, Prng random)
    {
        if (!random.Chance(options[Option.KindsPermille]))
            return Mutex;
        var (upgradeables, takers) = (options[Option.Upgradeables], options[Option.PermitTakers]);
        var drawn = random.Below(options[Option.Readers] + upgradeables + takers);
        return drawn < upgradeables ? new Kind(HoldMode.Upgradeable, Permits: 1, Limit: 0)
            : drawn < upgradeables + takers ? DrawPermits(options[Option.LimitMax], random)
            : new Kind(HoldMode.Shared, Permits: 1, Limit: 0);
    }

    // Most agree on the limit. Some have another one, as while a new number is rolled out, or none.
    private static Kind DrawPermits(int usual, Prng random)
    {
        var limit = random.Below(20) switch
        {
            0 => 0,
            1 => LimitWithoutNumbers,
            2 or 3 => usual + 1,
            4 or 5 => usual - 1,
            _ => usual,
        };
        return new Kind(HoldMode.Shared, random.Between(1, limit == 0 ? usual : Math.Min(limit, PermitsAtOnceMax)), limit);
    }
}
