using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>A time-bounded hold of the lock.</summary>
public sealed record Lease
{
    /// <summary>What was asked for.</summary>
    public required LockRequest Request { get; init; }

    /// <summary>The proof of ownership.</summary>
    public LeaseId LeaseId => Request.LeaseId;

    /// <summary>The token of this hold; another one from an upgrade on.</summary>
    public required FencingToken FencingToken { get; init; }

    /// <summary>How much of the lock it has; null for just what was asked for.</summary>
    public HoldExtent? Extent { get; init; }

    /// <summary>What it shares the lock with now.</summary>
    public LockMode Mode => Extent?.Mode ?? Request.Mode;

    /// <summary>How many permits it has now.</summary>
    public int Permits => Extent?.Permits ?? Request.Permits;

    /// <summary>The numbers of its permits, ascending; empty where they have none.</summary>
    public ImmutableArray<int> Numbers => Extent?.Numbers ?? [];

    /// <summary>The number of the last change that was carried out or given up; 0 for none.</summary>
    public int Change => Extent?.Change ?? 0;

    /// <summary>What the last grant or renewal gave: the short first lease, or the whole <see cref="LockRequest.Duration"/>.</summary>
    public required TimeSpan Term { get; init; }

    /// <summary>
    /// When it ends, on the monotonic clock of the activation that has it in memory: one <see cref="LockRequest.Delay"/> after its term. Not stored.
    /// </summary>
    public TimeSpan ExpiresAt { get; init; }

    /// <summary>When its term ends on the wall clock. Stored, and looked at only to bound a lease that restarts again and again.</summary>
    public long ExpiresAtUnixMilliseconds { get; init; }

    /// <summary>
    /// What its holder may be told, on the same clock: the end of its term. Where <see cref="ExpiresAt"/> waits for clocks that may be behind, that is
    /// left out: the next activation's may be ahead. Not stored.
    /// </summary>
    public TimeSpan PromisedUntil { get; init; }

    /// <summary>When it was granted, or taken over by this activation. Not stored; for measuring only.</summary>
    public TimeSpan GrantedAt { get; init; }

    /// <summary>How many activations have taken it over since its last renewal.</summary>
    public int Restarts { get; init; }

    /// <summary>Whether its term is over, and only its <see cref="LockRequest.Delay"/> keeps others out still.</summary>
    internal bool IsHeldBack(TimeSpan now) => Request.Delay > TimeSpan.Zero && PromisedUntil <= now;

    /// <summary>This lease with a term counted from now.</summary>
    internal Lease Extended(TimeSpan term, LockTime now) => this with
    {
        Term = term,
        ExpiresAt = now.Monotonic + term + Request.Delay,
        PromisedUntil = now.Monotonic + term,
        ExpiresAtUnixMilliseconds = now.UnixMilliseconds + (long)term.TotalMilliseconds,
    };
}
