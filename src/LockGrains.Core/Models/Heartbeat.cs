using System.Collections.Immutable;

namespace LockGrains;

/// <summary>What one client holds and has to renew, and what it waits for: one message in place of one for each.</summary>
public sealed record Heartbeat
{
    /// <summary>The most that one may name: 256.</summary>
    public const int BeatsMax = 256;

    /// <summary>What to renew.</summary>
    public ImmutableArray<Beat> Renewals { get; init; } = [];

    /// <summary>What waits in a call, as its client believes. It renews nothing: whoever was granted the lock meanwhile is told to call again.</summary>
    public ImmutableArray<Beat> Waits { get; init; } = [];

    /// <summary>How long those that are answered may wait for those that are not.</summary>
    public TimeSpan AnswerWithin { get; init; }
}

/// <summary>One request that a heartbeat names.</summary>
public sealed record Beat
{
    /// <summary>The lock's key.</summary>
    public string Key { get; init; } = "";

    /// <summary>The <c>LeaseId</c> that holds the lock or waits for it.</summary>
    public Guid LeaseId { get; init; }
}

/// <summary>What came of a heartbeat.</summary>
public sealed record HeartbeatReply
{
    /// <summary>One for each renewal, in their order.</summary>
    public ImmutableArray<RenewReply> Renewals { get; init; } = [];

    /// <summary>One for each that waits, in their order.</summary>
    public ImmutableArray<BeatReply> Waits { get; init; } = [];
}

/// <summary>What a lock says to a heartbeat of a request that waits.</summary>
public sealed record BeatReply
{
    /// <summary>What it says.</summary>
    public BeatStatus Status { get; init; }

    /// <summary>Waits: the place in the queue, 1 for the next in line; 0 while it is not in storage.</summary>
    public int Place { get; init; }

    /// <summary>Waits: how many wait in the queue.</summary>
    public int QueueLength { get; init; }

    /// <summary>Waits: how long the wait will probably last, if the queue goes on as it did; null while nobody can say.</summary>
    public TimeSpan? Estimate { get; init; }
}

/// <summary>The outcome of a heartbeat for one request that waits.</summary>
public enum BeatStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>It waits in a call, and keeps its place for another <c>PresenceWindow</c>.</summary>
    Waits = 1,

    /// <summary>
    /// No call of it waits: it was granted the lock, is over, or has moved with its key. Send the acquire again, with the same <c>LeaseId</c>.
    /// </summary>
    CallAgain = 2,

    /// <summary>Nobody can say.</summary>
    Unknown = 3,
}
