namespace LockGrains.Simulation;

/// <summary>Everything known of one attempt.</summary>
internal sealed class AttemptFacts
{
    private readonly Dictionary<int, (long Upgrade, long Reduction)> _changesSentAt = [];
    private int _lastSent = -1;

    public required Guid Lease { get; init; }

    public required int Key { get; init; }

    public required long Duration { get; init; }

    public required bool Renews { get; init; }

    public required long FirstSentAt { get; init; }

    /// <summary>What it asks for.</summary>
    public HoldMode Mode { get; init; }

    public int Permits { get; init; } = 1;

    public int Limit { get; init; }

    /// <summary>How long nobody else may be granted the lock after its lease ran out.</summary>
    public long Delay { get; init; }

    /// <summary>The session that it is to be held under: the attempt that is that session, and its token; null and 0 for none.</summary>
    public AttemptFacts? Session { get; init; }

    public long SessionToken { get; init; }

    /// <summary>Whether it is itself to be a session.</summary>
    public bool IsSession { get; init; }

    /// <summary>What was asked for under it, where it is a session.</summary>
    public List<AttemptFacts> AskedUnder { get; } = [];

    /// <summary>When its client died, or forgot it; -1 for never.</summary>
    public long ForsakenAt { get; set; } = -1;

    public ShareFacts Asked => new(Lease, 0, Mode) { Permits = Permits, Limit = Limit };

    /// <summary>The last token that it was granted or upgraded with; 0 for none.</summary>
    public long Token { get; set; }

    /// <summary>All tokens of its hold: each upgrade has drawn one more.</summary>
    public HashSet<long> Tokens { get; } = [];

    /// <summary>The tokens of its grants, as written or told: a hold with one of them was not upgraded. There are several where its end was forgotten.</summary>
    public HashSet<long> GrantTokens { get; } = [];

    public long GrantCommittedAt { get; set; } = -1;

    /// <summary>When its client first asked to release or cancel it.</summary>
    public long EndAskedAt { get; set; } = -1;

    /// <summary>When its client was told that nothing is left of it.</summary>
    public long OverAt { get; set; } = -1;

    /// <summary>Its client's machine slept, so its clock did not count.</summary>
    public bool IsClockBroken { get; set; }

    /// <summary>Who promised it the lock has slept, and counted the rest of its lease without that.</summary>
    public bool IsPromisedAsleep { get; set; }

    /// <summary>When an acquire of it last arrived anywhere.</summary>
    public long LastDeliveredAt { get; set; } = -1;

    /// <summary>When an activation last said that nothing is left of it.</summary>
    public long SaidOverAt { get; set; } = -1;

    /// <summary>When its wait was last told to be over, by cancel or time; -1 for never.</summary>
    public long WaitOverAt { get; set; } = -1;

    /// <summary>When an activation last told that it entered its queue.</summary>
    public long QueuedAt { get; set; } = -1;

    /// <summary>Until when its client believes to hold; true time.</summary>
    public long BelievedUntil { get; set; } = -1;

    public bool IsBelieved { get; set; }

    /// <summary>How much of the lock its client believes to hold.</summary>
    public ShareFacts? Believed { get; set; }

    public bool HasStoppedBelieving { get; set; }

    /// <summary>Until when it was promised to hold, in answers that its client received.</summary>
    public long PromisedUntil { get; set; } = -1;

    /// <summary>Until when, by those promises, nobody else is to be granted the lock, unless its client asks to end it.</summary>
    public long KeptBackUntil { get; set; } = -1;

    /// <summary>When a later grant was committed.</summary>
    public long SucceededAt { get; set; } = -1;

    /// <summary>What its client was told of having held: one hold, unless it was changed, or its end was forgotten.</summary>
    public List<HoldFacts> Holds { get; } = [];

    /// <summary>The activation that last promised a place.</summary>
    public int PlaceToldBy { get; set; } = int.MaxValue;

    /// <summary>The place that its client was promised; 0 for none.</summary>
    public long Ticket { get; set; }

    public long PlacedAt { get; set; }

    /// <summary>How many activations have taken it over since it was last granted or renewed.</summary>
    public int Takeovers { get; set; }

    /// <summary>When it was last granted, renewed, or taken over with a full term.</summary>
    public long TakenOverAt { get; set; }

    /// <summary>When it was first seen to hold longer than its restarts allow.</summary>
    public long HeldLateAt { get; set; } = -1;

    /// <summary>How many of its acquires had no word of a silo yet.</summary>
    public int UnansweredAcquires { get; set; }

    /// <summary>Whether the last word that its client had is that nothing is left of it.</summary>
    public bool IsNothingLeft { get; set; }

    /// <summary>When the call was sent whose reply said so first.</summary>
    public long NothingLeftAskedAt { get; set; } = -1;

    /// <summary>The longest slice that its client asked for.</summary>
    public long SliceMax { get; set; }

    /// <summary>Whether its client was told that it is over, and to make a new one.</summary>
    public bool WasToldOver { get; set; }

    /// <summary>When its client was told, by a renewal or a question, that it is not held; -1 for never.</summary>
    public long ToldNotHeldAt { get; set; } = -1;

    /// <summary>Until when its owner wants it kept; -1 where it may be given back at once.</summary>
    public long KeptUntil { get; set; } = -1;

    /// <summary>The largest number of an upgrade that is known to be over: its client was told so when that was written.</summary>
    public int GivenUp { get; set; }

    /// <summary>The upgrades that are known to be over, each by its number.</summary>
    public HashSet<int> ChangesOver { get; } = [];

    /// <summary>By which upgrade it came to be exclusive, for each token that it had since.</summary>
    public Dictionary<long, int> UpgradedBy { get; } = [];

    /// <summary>The largest number of a change that its client has sent.</summary>
    public int LastChange { get; private set; }

    /// <summary>Whether its client ever sent an acquire.</summary>
    public bool WasSent => _lastSent >= 0;

    /// <summary>Its client sent an acquire.</summary>
    public void OnSent(CallFacts call) => _lastSent = Math.Max(_lastSent, call.Id);

    /// <summary>Its client sent a change of its hold.</summary>
    public void OnChangeSent(CallFacts call)
    {
        var (upgrade, reduction) = _changesSentAt.GetValueOrDefault(call.Change, (long.MaxValue, long.MaxValue));
        _changesSentAt[call.Change] = call.Kind == CallKind.Upgrade ? (Math.Min(upgrade, call.SentAt), reduction) : (upgrade, Math.Min(reduction, call.SentAt));
        LastChange = Math.Max(LastChange, call.Change);
    }

    /// <summary>When the first upgrade was sent with a number above one and up to another; when the request was, if there is none.</summary>
    public long FindUpgradeSentAt(int above, int upTo) => _changesSentAt
        .Where(change => change.Key > above && change.Key <= upTo && change.Value.Upgrade < long.MaxValue)
        .Select(change => change.Value.Upgrade).DefaultIfEmpty(FirstSentAt).Min();

    /// <summary>The first change with a number between two others with which the hold gave a part back; null when there is none.</summary>
    public int? FindReduction(int above, int below) => _changesSentAt
        .Where(change => change.Key > above && change.Key < below && change.Value.Reduction < long.MaxValue)
        .Select(change => (int?)change.Key).Min();

    /// <summary>When the first change was sent, or given up, with which the hold gave a part back, and with a number above one and up to another.</summary>
    public long FindReductionSentAt(int above, int upTo) => _changesSentAt
        .Where(change => change.Key > above && change.Key <= upTo && change.Value.Reduction < long.MaxValue)
        .Select(change => change.Value.Reduction).DefaultIfEmpty(FirstSentAt).Min();
}
