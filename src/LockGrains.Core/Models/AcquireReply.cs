using System.Collections.Immutable;

namespace LockGrains;

/// <summary>What came of an acquire.</summary>
public sealed record AcquireReply
{
    /// <summary>What came of it; the other members matter as this says.</summary>
    public AcquireStatus Status { get; init; }

    /// <summary>Granted: the fencing token, larger than every earlier one of this key. Give it to what the lock protects.</summary>
    public long FencingToken { get; init; }

    /// <summary>
    /// Granted: how long the lease is good for, <b>counted from the moment this request was sent</b>. It includes the time that the
    /// request waited in the grain, so it can be longer than the lease.
    /// </summary>
    public TimeSpan ValidFor { get; init; }

    /// <summary>Queued: the place in the queue, 1 for the next in line.</summary>
    public int Place { get; init; }

    /// <summary>Queued: how long the wait will probably last, if the queue goes on as it did; null while nobody can say.</summary>
    public TimeSpan? Estimate { get; init; }

    /// <summary>Queued or denied: how many wait in the queue.</summary>
    public int QueueLength { get; init; }

    /// <summary>Denied: why.</summary>
    public DenyReason Reason { get; init; }

    /// <summary>Denied as invalid, or unknown: what was wrong, for people.</summary>
    public string? Detail { get; init; }

    /// <summary>Granted: the full lease, which the first renewal extends to.</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>
    /// Granted: the numbers of the permits, each less than the limit that was asked with and held by nobody else; empty without a limit, and with
    /// one above 4,096.
    /// </summary>
    public ImmutableArray<int> PermitNumbers { get; init; } = [];

    /// <summary>Granted: the version of the lock's value, which a holder needs to set it.</summary>
    public long ValueVersion { get; init; }
}

/// <summary>The outcome of an acquire. The default value is never sent: a reply that has it was damaged or made by something else.</summary>
public enum AcquireStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>The lock is held under this <c>LeaseId</c>; the grant is in storage.</summary>
    Granted = 1,

    /// <summary>Still waiting, and the place in the queue is in storage. Call again soon.</summary>
    Queued = 2,

    /// <summary>
    /// Not granted; see <see cref="AcquireReply.Reason"/>. The <c>LeaseId</c> holds nothing and waits for nothing, unless an earlier copy of
    /// the request is still on its way: where one may be, cancel.
    /// </summary>
    Denied = 3,

    /// <summary>Nobody can say: the request may or may not have taken effect. Repeat it with the same <c>LeaseId</c>.</summary>
    Unknown = 4,
}
