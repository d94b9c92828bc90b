namespace LockGrains.Simulation;

/// <summary>One coordinator of a key.</summary>
internal sealed class ActivationFacts
{
    public required int Id { get; init; }

    public required int Key { get; init; }

    public required int Silo { get; init; }

    public long LoadedAt { get; set; } = -1;

    /// <summary>When, in the order of things, it read the record that it started from.</summary>
    public long ReadAs { get; set; }

    public long ReadAt { get; set; }

    public long CommittedAs { get; set; }

    /// <summary>When it last read or wrote the record.</summary>
    public long CheckedAt { get; set; } = -1;

    public bool FoundNothing { get; set; }

    /// <summary>When it last asked for the record, or for its deletion.</summary>
    public long AskedAt { get; set; } = -1;

    /// <summary>When it asked and was answered that there is no record, or none any more; -1 while it has one.</summary>
    public long AbsentAt { get; set; } = -1;

    /// <summary>When it was answered so: what was deleted before that was deleted before its life of the key began.</summary>
    public long AbsentSeenAt { get; set; } = -1;

    /// <summary>When it was last asked for anything but a look.</summary>
    public long UsedAt { get; set; } = -1;

    /// <summary>Whether it has begun to delete what there is of its key.</summary>
    public bool IsForgetting { get; set; }

    /// <summary>When it was last used before it began to delete its records; -1 while it does not.</summary>
    public long UsedBeforeForgetting { get; set; } = -1;

    /// <summary>Tokens that it wrote into a record which it made too late: it may tell nobody.</summary>
    public HashSet<long> LateTokens { get; } = [];

    public bool HasReadDamage { get; set; }

    /// <summary>It started from a record that names holders, so it has to fence it.</summary>
    public bool MustFence { get; set; }

    public bool IsOver { get; set; }

    /// <summary>Its machine slept: its leases last longer.</summary>
    public bool IsClockBroken { get; set; }

    public long CommittedAt { get; set; } = -1;

    /// <summary>When it last heard that a waiter's client is there.</summary>
    public Dictionary<WaiterId, long> HeardAt { get; } = [];

    /// <summary>When a heartbeat that names an attempt last came, while a call of it waited.</summary>
    public Dictionary<Guid, long> BeatAt { get; } = [];

    /// <summary>When it last answered a call of a waiter.</summary>
    public Dictionary<WaiterId, long> AnsweredAt { get; } = [];

    /// <summary>Until when a waiter waits that gives up by itself.</summary>
    public Dictionary<WaiterId, long> WaitsUntil { get; } = [];

    /// <summary>When its silo last stood still, and went on.</summary>
    public (long From, long Until) StoodStill { get; set; } = (-1, -1);

    /// <summary>What it has not answered.</summary>
    public Dictionary<int, Delivery> Open { get; } = [];

    /// <summary>The attempts that it must know to be over: the youngest of them, oldest first.</summary>
    public Queue<Guid> Remembered { get; } = new();

    /// <summary>The waiters that it told of, with their tickets, and when.</summary>
    public Dictionary<Guid, (long Ticket, long At)> Queued { get; } = [];

    /// <summary>The waiters that it might rightly have dropped, and from when on.</summary>
    public Dictionary<WaiterId, long> MayDropFrom { get; } = [];

    /// <summary>The attempts that it said nothing is left of, and that did not ask again.</summary>
    public HashSet<Guid> SaidOver { get; } = [];

    /// <summary>The token that it told each attempt.</summary>
    public Dictionary<Guid, long> Told { get; } = [];

    /// <summary>The last upgrade that came of each hold: its number, and when. One that was denied at once is none.</summary>
    public Dictionary<Guid, (int Change, long At)> UpgradeAsked { get; } = [];

    /// <summary>The holds of which it said that their upgrade waits, before the queue.</summary>
    public HashSet<Guid> UpgradesWaiting { get; } = [];

    /// <summary>When the upgrade of a hold last ended, or the hold became another.</summary>
    public Dictionary<Guid, long> ChangedAt { get; } = [];

    /// <summary>Those who wait of which a call was abandoned, and when last.</summary>
    public Dictionary<WaiterId, long> Abandoned { get; } = [];

    public override string ToString() => $"activation {Id}";
}
