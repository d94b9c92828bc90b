using LockGrains.Simulation;

namespace LockGrains.Chaos;

/// <summary>One acquire as its client saw it.</summary>
internal sealed class ClientAttempt(string name, AttemptFacts facts)
{
    public string Name => name;

    /// <summary>What the simulator's checkers know of it.</summary>
    public AttemptFacts Facts => facts;

    public long Token { get; set; }

    /// <summary>When it was granted; it believes to hold from then on.</summary>
    public long HoldsFrom { get; set; }

    /// <summary>Until when it believes to hold: as its handle said last, or until it was released or lost.</summary>
    public long HoldsUntil { get; set; }

    public bool IsOver { get; set; }

    /// <summary>Whether the end of what it was granted is still to come: also when what it did with it failed.</summary>
    public bool IsHolding => Token != 0 && !IsOver;
}
