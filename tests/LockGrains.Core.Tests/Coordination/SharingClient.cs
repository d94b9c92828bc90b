using System.Collections.Immutable;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// One who shares a lock: what it believes to have, by nothing but what it asked for and was told. It believes less from the moment at which it asks
/// for less, and more from the moment at which it is told.
/// </summary>
internal sealed class SharingClient(LockRequest request)
{
    private int _change;
    private LockCommand? _lastChange;

    public LockRequest Request => request;

    public LockMode Mode { get; private set; } = request.Mode;

    public int Permits { get; private set; } = request.Permits;

    public ImmutableArray<int> Numbers { get; private set; } = [];

    /// <summary>The token that it was told last; none before it was told of a hold.</summary>
    public FencingToken Token { get; private set; }

    public TimeSpan Until { get; private set; }

    public bool HasStopped { get; private set; }

    public bool Works(TimeSpan now) => !HasStopped && Until > now;

    /// <summary>It asks to end its hold, and has stopped working before.</summary>
    public void Stop() => HasStopped = true;

    /// <summary>Its last change once more, as after an answer that was lost; null where it has asked for none.</summary>
    public LockCommand? Repeat() => _lastChange;

    public LockCommand Upgrade(TimeSpan wait) => _lastChange = new LockCommand.Upgrade(request.LeaseId, ++_change, wait);

    /// <summary>Gives its last upgrade up; null where its last change was none.</summary>
    public LockCommand? CancelUpgrade()
    {
        if (_lastChange is not LockCommand.Upgrade upgrade)
            return null;
        Mode = LockMode.Upgradeable;
        return _lastChange = new LockCommand.CancelUpgrade(request.LeaseId, upgrade.Change);
    }

    public LockCommand Downgrade(LockMode mode, int permits)
    {
        (Mode, Permits) = (mode, permits);
        Numbers = Numbers.Length > permits ? Numbers[..permits] : Numbers;
        return _lastChange = new LockCommand.Downgrade(request.LeaseId, ++_change, mode, permits);
    }

    /// <summary>It was told of its lease.</summary>
    /// <returns>Whether it has more than before.</returns>
    public bool Told(LockCommand asked, Lease lease, TimeSpan until, TimeSpan now)
    {
        if (HasStopped || until <= now)
            return false;
        Until = Until > until ? Until : until;
        if (Token == FencingToken.None)
        {
            (Token, Numbers) = (lease.FencingToken, lease.Numbers);
            return true;
        }

        if (asked is not LockCommand.Upgrade || !ReferenceEquals(asked, _lastChange) || Mode == LockMode.Exclusive)
            return false;
        (Mode, Token) = (LockMode.Exclusive, lease.FencingToken);
        return true;
    }
}
