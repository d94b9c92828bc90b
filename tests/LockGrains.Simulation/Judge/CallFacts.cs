namespace LockGrains.Simulation;

/// <summary>One request of a client; repeated messages are the same call.</summary>
internal sealed class CallFacts
{
    public required int Id { get; init; }

    public required int Key { get; init; }

    public required Guid Lease { get; init; }

    public required CallKind Kind { get; init; }

    public required long SentAt { get; init; }

    /// <summary>How long the acquire is ready to wait; -1 for ever.</summary>
    public long Wait { get; init; }

    /// <summary>How long this one call waits at most.</summary>
    public long Slice { get; init; }

    /// <summary>How often heartbeats name it while it waits; 0 for not at all.</summary>
    public long Beats { get; init; }

    public bool IsReceived { get; set; }

    public override string ToString() => $"{Kind} {Short.Of(Lease)} (call {Id}{(Slice > 0 ? $", {Timeline.Time(Slice)}" : "")})";
}
