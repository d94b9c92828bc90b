namespace LockGrains.Simulation;

/// <summary>Decides whether a fault strikes: not in calm times, and not beyond the number that a shrunken world is allowed.</summary>
internal sealed class FaultGate(WorldOptions options, Coverage coverage)
{
    public bool IsCalm { get; set; }

    /// <summary>How many have struck.</summary>
    public int Count { get; private set; }

    public bool Strikes(Prng random, Option chance, Mark mark)
    {
        // The stream moves on in any case, so that one fault less leaves all others where they were.
        var drawn = options[chance] > 0 && random.Chance(options[chance]);
        return drawn && Allow(mark);
    }

    public bool Allow(Mark mark)
    {
        if (IsCalm || Count >= options[Option.FaultsMax])
            return false;
        Count++;
        coverage.Add(mark);
        return true;
    }
}
