namespace LockGrains.Core;

/// <summary>What somebody asks a lock for. It travels whole: from the call into the queue, the lease and storage.</summary>
/// <param name="LeaseId">The id of the request, and the proof of ownership once it is granted.</param>
/// <param name="OwnerId">A label for people; decides nothing.</param>
/// <param name="Mode">What it shares the lock with.</param>
/// <param name="Duration">The full lease, which a renewal extends to.</param>
/// <param name="Renews">Whether it will renew, so that a short first lease will do.</param>
public sealed record LockRequest(LeaseId LeaseId, string OwnerId, LockMode Mode, TimeSpan Duration, bool Renews)
{
    /// <summary>How many permits it takes, all or none. More than one only where the mode is shared.</summary>
    public int Permits { get; init; } = 1;

    /// <summary>The most permits that may be taken together, these included; 0 for no limit. Only where the mode is shared.</summary>
    public int Limit { get; init; }

    /// <summary>How long nobody else is granted the lock after the lease ran out. 0 for none; see <see cref="LockPolicy.DelayMax"/>.</summary>
    public TimeSpan Delay { get => _rare?.Delay ?? TimeSpan.Zero; init => _rare = Rare.Of(value, Session); }

    /// <summary>The session that the hold is to be under: it ends with that session too. Null (the default) for none.</summary>
    public SessionRef? Session { get => _rare?.Session; init => _rare = Rare.Of(Delay, value); }

    // What few requests ask for is in an object of its own: a key may have a hundred thousand waiters.
    private readonly Rare? _rare;

    /// <summary>A limit as it is inside: 0 for none. One of 0 is not none, but wrong; it stays wrong, and is told as 0.</summary>
    /// <param name="limit">The limit as it was asked for; null for none.</param>
    internal static int LimitOf(int? limit) => limit switch { null => 0, 0 => LimitOfZero, var some => some.Value };

    internal const int LimitOfZero = int.MinValue;

    /// <summary>
    /// Whether another request is a copy of this one. One <see cref="LeaseId"/> has one owner: else a repetition would share the hold of somebody
    /// else.
    /// </summary>
    /// <param name="other">The other.</param>
    public bool IsSameAs(LockRequest other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return LeaseId == other.LeaseId && OwnerId == other.OwnerId && Mode == other.Mode && Permits == other.Permits && Limit == other.Limit && Session == other.Session;
    }

    private sealed record Rare(TimeSpan Delay, SessionRef? Session)
    {
        public static Rare? Of(TimeSpan delay, SessionRef? session) => delay == TimeSpan.Zero && session is null ? null : new Rare(delay, session);
    }
}
