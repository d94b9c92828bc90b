namespace LockGrains.Simulation;

/// <summary>
/// Makes a failing world small enough to read: fewer faults, clients and keys, a shorter time, as long as the same promise is still
/// broken. A change moves what happens when, so each smaller world is tried with several salts of the random numbers.
/// </summary>
internal sealed class Shrinker
{
    private const int Salts = 12;
    private const int WorldsMax = 3000;

    private static readonly Option[] Counts = [Option.Clients, Option.Handles, Option.Keys, Option.Silos];

    private static readonly Option[] Policy =
    [
        Option.LeaseMs, Option.HoldMs, Option.ThinkMs, Option.AttemptTimeoutMs, Option.FirstLeaseMs, Option.WindowMs,
        Option.ReleaseWriteMs, Option.QueueWriteMs, Option.ValidationMs, Option.StoreTimeoutMs, Option.QueueLimit,
        Option.LimitMax, Option.HoldersMax, Option.MaxSkewMs, Option.NetworkUs, Option.StoreUs, Option.NemesisMs, Option.FaultsMs, Option.FaultsMax, Option.Salt,
    ];

    private readonly Mutation? _mutation;
    private readonly string _rule;
    private WorldRun _best;
    private int _worlds;

    public Shrinker(WorldRun failed, Mutation? mutation)
    {
        _mutation = mutation;
        _rule = failed.Violation!.Rule;
        _best = failed;
    }

    /// <summary>Shrinks as long as it helps.</summary>
    public WorldOptions Shrink()
    {
        bool isSmaller;
        do
        {
            isSmaller = ShortenTime();
            isSmaller |= LimitFaults();
            foreach (var option in Counts)
                isSmaller |= Try(option, option == Option.Silos ? 2 : 1) || Try(option, _best.Options[option] - 1);
            foreach (var option in Enum.GetValues<Option>().Except(Counts).Except(Policy))
                isSmaller |= Try(option, 0);
        }
        while (isSmaller && _worlds < WorldsMax);
        return _best.Options;
    }

    private bool ShortenTime()
    {
        var now = _best.Options[Option.FaultsMs];
        var least = (int)(_best.Violation!.At / TimeSpan.TicksPerMillisecond) + 1;
        return (least < now && Try(Option.FaultsMs, least)) || Try(Option.FaultsMs, Math.Min(least, now) * 2 / 3);
    }

    private bool LimitFaults()
    {
        var isSmaller = false;
        for (var step = _best.Faults / 2; step > 0; step /= 2)
        {
            while (_best.Faults - step >= 0 && Try(Option.FaultsMax, _best.Faults - step))
                isSmaller = true;
        }

        return isSmaller;
    }

    private bool Try(Option option, int value)
    {
        if (value < 0 || value >= _best.Options[option] || (value == 0 && Counts.Contains(option)))
            return false;
        var smaller = _best.Options.With(option, value);
        for (var salt = 0; salt < Salts && _worlds < WorldsMax; salt++)
        {
            _worlds++;
            var run = WorldRun.Of(smaller.With(Option.Salt, (_best.Options[Option.Salt] + salt) % 1000), _mutation);
            if (run.Violation?.Rule != _rule)
                continue;
            _best = run;
            return true;
        }

        return false;
    }
}
