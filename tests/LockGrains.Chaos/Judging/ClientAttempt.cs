using LockGrains.Simulation;

namespace LockGrains.Chaos;

/// <summary>One acquire as its client saw it.</summary>
internal sealed class ClientAttempt(string name, Share asked, long askedAt, AttemptFacts facts, ClientSession? session = null)
{
    public string Name => name;

    /// <summary>How much of the lock it asked for.</summary>
    public Share Asked => asked;

    public long AskedAt => askedAt;

    /// <summary>The session that its hold is under; null for none.</summary>
    public ClientSession? Session => session;

    /// <summary>Since when it depends on what is stored: since its own request, or that of its session.</summary>
    public long Since => Math.Min(askedAt, session?.AskedAt ?? askedAt);

    /// <summary>How long others are kept out after its lease.</summary>
    public long Delay { get; init; }

    /// <summary>What the simulator's checkers know of it.</summary>
    public AttemptFacts Facts => facts;

    /// <summary>When it was told a place, in order.</summary>
    public List<long> PlacedAt { get; } = [];

    /// <summary>When its last upgrade or downgrade was sent.</summary>
    public long ChangeAskedAt { get; set; }

    /// <summary>What it believes to hold, or believed last; null before it was granted anything.</summary>
    public Belief? Belief { get; set; }

    /// <summary>The hold that its last token belongs to.</summary>
    public OrderedHold? Hold { get; set; }

    public bool IsOver { get; set; }

    /// <summary>Whether its client has released it, or asked to.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Whether the end of what it was granted is still to come: also when what it did with it failed.</summary>
    public bool IsHolding => Belief is not null && !IsOver;
}
