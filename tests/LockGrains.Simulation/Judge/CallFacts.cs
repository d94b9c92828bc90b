namespace LockGrains.Simulation;

/// <summary>One request of a client; repeated messages are the same call.</summary>
internal sealed class CallFacts
{
    public required int Id { get; init; }

    public required int Key { get; init; }

    public required Guid Lease { get; init; }

    public required CallKind Kind { get; init; }

    public required long SentAt { get; init; }

    /// <summary>How long the acquire or the upgrade is ready to wait; -1 for ever.</summary>
    public long Wait { get; init; }

    /// <summary>How long this one call waits at most.</summary>
    public long Slice { get; init; }

    /// <summary>How often heartbeats name it while it waits; 0 for not at all.</summary>
    public long Beats { get; init; }

    /// <summary>The number of the change that it asks for.</summary>
    public int Change { get; init; }

    /// <summary>Whether it is an acquire under the id of somebody else's request.</summary>
    public bool IsForeign { get; init; }

    /// <summary>The value or the limit that it sets, in place of which version.</summary>
    public int Value { get; init; }

    public long IfVersion { get; init; }

    public bool IsReceived { get; set; }

    /// <summary>Whether it may have to wait.</summary>
    public bool MayWait => Kind is CallKind.Acquire or CallKind.Upgrade;

    /// <summary>Whether it changes a hold in place.</summary>
    public bool IsChange => Kind is CallKind.Upgrade or CallKind.CancelUpgrade or CallKind.Downgrade;

    /// <summary>Whether it is about the key's limit or value.</summary>
    public bool IsOfData => Kind is CallKind.SetValue or CallKind.ReadValue or CallKind.SetLimit;

    /// <summary>Who waits in it.</summary>
    public WaiterId Waiter => new(Lease, Kind == CallKind.Upgrade);

    public override string ToString() =>
        $"{Kind} {(IsChange ? $"{Change} of " : "")}{Short.Of(Lease)} (call {Id}{(Slice > 0 ? $", {Timeline.Time(Slice)}" : "")}{(IsForeign ? ", of another owner" : "")})";
}
