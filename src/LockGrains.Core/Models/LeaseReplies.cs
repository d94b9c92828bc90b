using System.Collections.Immutable;

namespace LockGrains;

/// <summary>What came of a renewal.</summary>
public sealed record RenewReply
{
    /// <summary>What came of it.</summary>
    public RenewStatus Status { get; init; }

    /// <summary>Renewed: how long the lease is good for, counted from the moment this request was sent.</summary>
    public TimeSpan ValidFor { get; init; }

    /// <summary>Renewed: how many wait for the lock.</summary>
    public int Waiters { get; init; }

    /// <summary>
    /// Renewed, of a session: the keys of holds under it that somebody has revoked a short while ago. To ask the lock of each is up to their holder.
    /// </summary>
    public ImmutableArray<string> RevokedKeys { get; init; } = [];

    /// <summary>Not held: why it is over, where that is still known.</summary>
    public EndReason End { get; init; }

    /// <summary>Unknown: what happened, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of a renewal.</summary>
public enum RenewStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>Extended, and in storage.</summary>
    Renewed = 1,

    /// <summary>This <c>LeaseId</c> does not hold the lock; said only by a grain that has checked that it is current.</summary>
    NotHeld = 2,

    /// <summary>Nobody can say: neither renewed nor lost. Ask again.</summary>
    Unknown = 3,
}

/// <summary>What came of a release.</summary>
public sealed record ReleaseReply
{
    /// <summary>What came of it.</summary>
    public ReleaseStatus Status { get; init; }

    /// <summary>Not held: why the lease was over before, where that is still known.</summary>
    public EndReason End { get; init; }

    /// <summary>Unknown: what happened, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of a release.</summary>
public enum ReleaseStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>Released by this call, or by an earlier copy of it.</summary>
    Released = 1,

    /// <summary>This <c>LeaseId</c> did not hold the lock; nothing changed.</summary>
    NotHeld = 2,

    /// <summary>Nobody can say. Ask again, or let the lease run out.</summary>
    Unknown = 3,
}

/// <summary>What came of a cancel.</summary>
public sealed record CancelReply
{
    /// <summary>What came of it.</summary>
    public CancelStatus Status { get; init; }

    /// <summary>Unknown: what happened, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of a cancel. In every case but <see cref="Unknown"/> the <c>LeaseId</c> holds nothing and waits for nothing.</summary>
public enum CancelStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>Taken out of the queue.</summary>
    Cancelled = 1,

    /// <summary>The grant had come first; it was released.</summary>
    Released = 2,

    /// <summary>Nothing was there to cancel; a late copy of the acquire will be turned away.</summary>
    NotHeld = 3,

    /// <summary>Nobody can say. Ask again.</summary>
    Unknown = 4,
}

/// <summary>Whether a hold is current.</summary>
public sealed record VerifyReply
{
    /// <summary>Whether it is.</summary>
    public VerifyStatus Status { get; init; }

    /// <summary>The key's highest fencing token so far; 0 when unknown.</summary>
    public long LastFencingToken { get; init; }

    /// <summary>Unknown: what happened, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>Whether a hold was current when its grain asked the storage.</summary>
public enum VerifyStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>It was.</summary>
    Current = 1,

    /// <summary>It was not.</summary>
    NotHeld = 2,

    /// <summary>Nobody can say. Ask again.</summary>
    Unknown = 3,
}

/// <summary>What came of a revocation.</summary>
public sealed record RevokeReply
{
    /// <summary>What came of it.</summary>
    public RevokeStatus Status { get; init; }

    /// <summary>Revoked: the token of the hold that was ended; the largest, where several were.</summary>
    public long FencingToken { get; init; }

    /// <summary>Revoked: how many holds were ended.</summary>
    public int Count { get; init; }

    /// <summary>Unknown: what happened, for people.</summary>
    public string? Detail { get; init; }
}

/// <summary>The outcome of a revocation.</summary>
public enum RevokeStatus
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>The hold was ended, or the holds were, and that is in storage.</summary>
    Revoked = 1,

    /// <summary>Nobody held it, or not with that token; nothing changed.</summary>
    NotHeld = 2,

    /// <summary>Nobody can say. Ask again.</summary>
    Unknown = 3,
}
