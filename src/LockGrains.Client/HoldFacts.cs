using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>What the silo has said of one hold, and its changes since: each is read without a lock, and as it was a moment ago.</summary>
internal sealed class HoldFacts(AcquireTerms terms, Grant grant)
{
    // Most holds are plain mutexes, and need none.
    private HoldExtent? _extent = terms.Mode == LockMode.Exclusive ? null : new HoldExtent(terms.Mode, terms.Permits, grant.PermitNumbers, 0);
    // What is held under the session that it is; null where it is none.
    private readonly SessionHolds? _holds = terms.Holds;
    private long _fencingToken = grant.FencingToken;
    private long _valueVersion = grant.ValueVersion;
    private volatile int _waiters;

    public string Key { get; } = terms.Key;

    public string OwnerId { get; } = terms.OwnerId;

    /// <summary>The session that it is under; null for none.</summary>
    public LockSession? Session { get; } = terms.Session;

    /// <summary>Whether the hold is a session. A batch of renewals goes to locks alone.</summary>
    public bool IsSession => _holds is not null;

    /// <summary>The token of the hold; a larger one from an upgrade on.</summary>
    public long FencingToken => Volatile.Read(ref _fencingToken);

    public LockMode Mode => Volatile.Read(ref _extent)?.Mode ?? LockMode.Exclusive;

    public int Permits => Volatile.Read(ref _extent)?.Permits ?? 1;

    public ImmutableArray<int> PermitNumbers => Volatile.Read(ref _extent)?.Numbers ?? [];

    /// <summary>The version of the lock's value, as far as this hold knows.</summary>
    public long ValueVersion
    {
        get => Volatile.Read(ref _valueVersion);
        set => Volatile.Write(ref _valueVersion, value);
    }

    /// <summary>How many waited for the lock at the last renewal.</summary>
    public int Waiters => _waiters;

    /// <summary>It was renewed.</summary>
    public void OnRenewed(RenewReply reply)
    {
        _waiters = reply.Waiters;
        _holds?.AskAfter(reply.RevokedKeys);
    }

    /// <summary>How much of the lock it has from now on.</summary>
    public void SetExtent(HoldExtent extent, long fencingToken)
    {
        Volatile.Write(ref _fencingToken, fencingToken);
        Volatile.Write(ref _extent, extent);
    }
}
