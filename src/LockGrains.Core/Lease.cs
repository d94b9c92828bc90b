namespace LockGrains.Core;

/// <summary>A time-bounded hold of the lock.</summary>
public sealed record Lease
{
    /// <summary>The proof of ownership.</summary>
    public required LeaseId LeaseId { get; init; }

    /// <summary>A label for people; decides nothing.</summary>
    public required string OwnerId { get; init; }

    /// <summary>What it shares the lock with.</summary>
    public required LockMode Mode { get; init; }

    /// <summary>The token of this hold.</summary>
    public required FencingToken FencingToken { get; init; }

    /// <summary>The full lease, which a renewal extends to.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What the last grant or renewal gave: the short first lease, or <see cref="Duration"/>.</summary>
    public required TimeSpan Term { get; init; }

    /// <summary>When it ends, on the monotonic clock of the activation that has it in memory. Not stored.</summary>
    public required TimeSpan ExpiresAt { get; init; }

    /// <summary>When it ends on the wall clock. Stored, and looked at only to bound a lease that restarts again and again.</summary>
    public required long ExpiresAtUnixMilliseconds { get; init; }

    /// <summary>
    /// What its holder may be told, on the same clock: <see cref="ExpiresAt"/>, except where that one waits for clocks that may be behind.
    /// The next activation's may be ahead. Not stored.
    /// </summary>
    public TimeSpan PromisedUntil { get; init; }

    /// <summary>When it was granted, or taken over by this activation. Not stored; for measuring only.</summary>
    public TimeSpan GrantedAt { get; init; }

    /// <summary>How many activations have taken it over since its last renewal.</summary>
    public int Restarts { get; init; }

    /// <summary>This lease with a term counted from now.</summary>
    internal Lease Extended(TimeSpan term, LockTime now) => this with
    {
        Term = term,
        ExpiresAt = now.Monotonic + term,
        PromisedUntil = now.Monotonic + term,
        ExpiresAtUnixMilliseconds = now.UnixMilliseconds + (long)term.TotalMilliseconds,
    };
}
