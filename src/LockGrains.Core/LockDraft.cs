using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// The next state while it is being decided: the single steps that <see cref="LockStateMachine"/> is made of. Each does one thing
/// and knows of no command.
/// </summary>
internal sealed class LockDraft
{
    private readonly LockState _before;
    private readonly LockTime _now;
    private ImmutableArray<LockEvent>.Builder? _events;
    private ImmutableArray<Lease> _holders;
    private WaitQueue _queue;
    private Waiter? _upgrade;
    private EndedLeases _ended;
    private FencingToken _lastToken;
    private long _lastTokenAt;
    private TimeSpan _sweepAt;
    private TimeSpan? _doubtedAt;
    private bool _granted;
    private bool _dirty;

    public LockDraft(LockState state, LockTime now, LockPolicy policy)
    {
        _before = state;
        _now = now;
        Policy = policy;
        _holders = state.Holders;
        _queue = state.Queue;
        _upgrade = state.Upgrade;
        _ended = state.Ended;
        _lastToken = state.LastToken;
        _lastTokenAt = state.LastTokenAt;
        _sweepAt = state.SweepAt;
        _doubtedAt = state.DoubtedAt;
        if (!now.IsStored)
            RaiseTokensToClock();
    }

    public LockPolicy Policy { get; }

    public ImmutableArray<Lease> Holders => _holders;

    public int QueueLength => _queue.Count;

    /// <summary>Whether a request is granted without a place in the queue: only where nobody waits.</summary>
    public bool IsFreeFor(LockRequest request) => Next is null && Admission.Admits(_holders, request, Policy);

    /// <summary>Whether an upgrade is granted without waiting.</summary>
    public bool IsFreeForUpgrade => Admission.AdmitsUpgrade(_holders);

    public AnswerAfter ReleaseAnswer => Policy.ReleaseWriteDelay == TimeSpan.Zero ? AnswerAfter.Write : AnswerAfter.Decision;

    public Lease? FindHolder(LeaseId leaseId)
    {
        foreach (var lease in _holders)
        {
            if (lease.LeaseId == leaseId)
                return lease;
        }

        return null;
    }

    /// <summary>
    /// Whether a lease that was found in storage may be from before a whole life of its key: its record was created so late that the key was
    /// made, used and forgotten meanwhile. One window less than that takes, for clocks that differ. Nobody was told of such a grant.
    /// </summary>
    public bool MayBeFromFormerLife(Lease lease) => lease.Restarts > 0 && IsTokenOlderThan(Policy.LifeMin - Policy.CreateWindow);

    public Waiter? FindWaiter(LeaseId leaseId) => _upgrade is { } upgrade && upgrade.LeaseId == leaseId ? upgrade : _queue.Find(leaseId);

    public int PlaceOf(Waiter waiter) => waiter.IsUpgrade ? 1 : _queue.PlaceOf(waiter.LeaseId);

    public EndReason EndOf(LeaseId leaseId) => _ended.Find(leaseId);

    /// <summary>A waiter whose client was there is waited for from then on, if it was to be given up earlier.</summary>
    public void Hear(LockCommand.Hear heard)
    {
        var presentUntil = heard.At + Policy.Presence;
        if (FindWaiter(heard.LeaseId) is { } waiter && waiter.PresentUntil < presentUntil)
            Put(waiter with { PresentUntil = presentUntil });
    }

    /// <summary>
    /// A waiter that was named in a heartbeat is present, if a call of its waits here. To one without a call a heartbeat is of no use: its client
    /// learns that by the answer, and calls again.
    /// </summary>
    /// <returns>Its ticket and place; none when it has to call again.</returns>
    public WaiterPlace Hear(LeaseId leaseId)
    {
        if (FindWaiter(leaseId) is not { } waiter || !waiter.IsAttached(_now))
            return default;
        Put(waiter with { PresentUntil = _now.Monotonic + Policy.Presence });
        return new WaiterPlace(waiter.Ticket, PlaceOf(waiter));
    }

    public void ExpireLeases()
    {
        foreach (var lease in _holders)
        {
            if (lease.ExpiresAt <= _now.HeardUntil)
                EndLease(lease, EndReason.Expired);
        }
    }

    public void SweepIfDue()
    {
        if (_now.HeardUntil >= _sweepAt)
            Sweep();
    }

    /// <summary>
    /// Doubts every waiter that is not present, and drops those that are still not after the doubt, all at once: dead clients must not cost
    /// their leases one after another. Twice, because it may be this silo that stood still and heard nobody.
    /// </summary>
    public void Sweep()
    {
        if (_doubtedAt is { } doubtedAt && _now.HeardUntil >= doubtedAt + Policy.Doubt)
        {
            DropWhere(waiter => waiter.PresentUntil <= doubtedAt);
            _doubtedAt = null;
        }

        if (_doubtedAt is null && (IsSilent(_upgrade) || _queue.Waiters.Any(IsSilent)))
            _doubtedAt = _now.Monotonic;
        _sweepAt = _doubtedAt is { } since ? since + Policy.Doubt : _now.Monotonic + Policy.Slice;
    }

    private bool IsSilent(Waiter? waiter) => waiter is not null && waiter.PresentUntil <= _now.HeardUntil;

    private void DropWhere(Predicate<Waiter> isGone)
    {
        if (_upgrade is { } upgrade && isGone(upgrade))
            EndWait(upgrade, EndReason.Dropped);
        var dropped = false;
        foreach (var waiter in _queue.Waiters)
        {
            if (!isGone(waiter))
                continue;
            dropped = true;
            _ended = _ended.Add(waiter.LeaseId, EndReason.Dropped);
            Add(new LockEvent.WaitEnded(waiter, EndReason.Dropped));
        }

        if (dropped)
            _queue = _queue.Where(waiter => !isGone(waiter));
    }

    /// <summary>
    /// Hands the lock to the first waiters that it admits: readers come in together, and nobody passes one that does not fit. One that is not
    /// there is waited for until it is dropped.
    /// </summary>
    public void GrantToWaiters()
    {
        while (Next is { } next && Admits(next))
        {
            if (next.IsThere(_now))
            {
                GrantTo(next);
                continue;
            }

            if (IsSilent(next))
                Sweep();
            if (ReferenceEquals(Next, next))
                return;
        }
    }

    /// <summary>Whether a waiter may take the lock now, though no call of its waits.</summary>
    public bool IsNext(Waiter waiter) => ReferenceEquals(Next, waiter) && Admits(waiter);

    public Lease GrantTo(Waiter waiter)
    {
        if (waiter.IsUpgrade)
            return Upgrade(FindHolder(waiter.LeaseId)!, waiter.Change, waiter);
        _queue = _queue.Remove(waiter);
        return Grant(waiter.Request, waiter);
    }

    public Lease GrantAtOnce(LockRequest request) => Grant(request, waiter: null);

    public void Enqueue(LockCommand.Acquire acquire)
    {
        BeginSweeps();
        var waiter = WithCall(new Waiter { Ticket = _queue.NextTicket, Request = acquire.Request, EnqueuedAt = _now.Monotonic }, acquire);
        _queue = _queue.Enqueue(waiter);
        Add(new LockEvent.WaiterQueued(waiter));
    }

    /// <summary>Has an upgrade wait before the queue: nobody comes in meanwhile, so it waits for those that hold now and for nobody else.</summary>
    public void EnqueueUpgrade(Lease lease, LockCommand.Upgrade upgrade)
    {
        BeginSweeps();
        var request = lease.Request with { Mode = LockMode.Exclusive };
        _upgrade = WithCall(new Waiter { Ticket = 0, Request = request, Change = upgrade.Change, EnqueuedAt = _now.Monotonic }, upgrade);
    }

    public void Attach(Waiter waiter, LockCommand.Waiting call) => Put(WithCall(waiter, call));

    /// <summary>A caller that ended its call was there: it keeps its place as from now.</summary>
    public void Detach(Waiter waiter) => EndSlice(waiter with { PresentUntil = _now.Monotonic + Policy.Presence });

    /// <summary>A call that ended by the clock says nothing of its client, which may have died in it.</summary>
    public void EndSlice(Waiter waiter) => Put(waiter with { AttachedUntil = _now.Monotonic, GivesUp = false });

    public void EndWait(Waiter waiter, EndReason reason)
    {
        if (waiter.IsUpgrade)
        {
            _upgrade = null;
            Add(new LockEvent.UpgradeEnded(waiter, reason));
            return;
        }

        _queue = _queue.Remove(waiter);
        Remember(waiter.LeaseId, reason);
        Add(new LockEvent.WaitEnded(waiter, reason));
    }

    public Lease Renew(Lease lease)
    {
        var renewed = lease.Extended(lease.Request.Duration, _now) with { Restarts = 0 };
        _holders = _holders.Replace(lease, renewed);
        _dirty = true;
        Add(new LockEvent.LeaseRenewed(renewed));
        return renewed;
    }

    /// <summary>Makes a hold exclusive. Those that shared the lock since it was granted have larger tokens, so it gets a larger one than they.</summary>
    public Lease Upgrade(Lease lease, int change, Waiter? waiter)
    {
        if (waiter is not null)
            _upgrade = null;
        _granted = true;
        return Change(lease, lease with { FencingToken = DrawToken(), Extent = new HoldExtent(LockMode.Exclusive, 1, [], change) }, waiter);
    }

    /// <summary>Gives a part of a hold back. The lowest numbers stay.</summary>
    public Lease Downgrade(Lease lease, LockMode mode, int permits, int change) =>
        Change(lease, lease with { Extent = new HoldExtent(mode, permits, lease.Numbers.Length > permits ? lease.Numbers[..permits] : lease.Numbers, change) });

    /// <summary>Notes that a change is over, so that a late copy of it does nothing.</summary>
    public Lease SettleChange(Lease lease, int change) =>
        Replace(lease, lease with { Extent = new HoldExtent(lease.Mode, lease.Permits, lease.Numbers, change) });

    public void EndLease(Lease lease, EndReason reason)
    {
        if (FindWaiter(lease.LeaseId) is { } upgrade)
            EndWait(upgrade, reason);
        _holders = _holders.Remove(lease);
        _dirty = true;
        Remember(lease.LeaseId, reason);
        Add(new LockEvent.LeaseEnded(lease, reason));
    }

    public void Remember(LeaseId leaseId, EndReason reason) => _ended = _ended.Add(leaseId, reason);

    public LockTransition Finish(LockReply reply, AnswerAfter after)
    {
        AssertInvariants();
        var events = _events?.DrainToImmutable() ?? [];
        var changed = _dirty || _lastToken != _before.LastToken
            || !ReferenceEquals(_queue, _before.Queue) || !ReferenceEquals(_upgrade, _before.Upgrade) || !ReferenceEquals(_ended, _before.Ended) || _sweepAt != _before.SweepAt
            || _doubtedAt != _before.DoubtedAt;
        var state = !changed ? _before : _before with
        {
            LastToken = _lastToken,
            LastTokenAt = _lastTokenAt,
            Holders = _holders,
            Queue = _queue,
            Upgrade = _upgrade,
            Ended = _ended,
            SweepAt = _sweepAt,
            DoubtedAt = _doubtedAt,
        };

        // A grant is told only when it is written, whoever's command brought it about.
        return new LockTransition(state, reply, events, _granted ? AnswerAfter.Write : after, _dirty);
    }

    /// <summary>Who is looked at next: the upgrade, or else the first in the queue.</summary>
    private Waiter? Next => _upgrade ?? (_queue.IsEmpty ? null : _queue.First);

    private bool Admits(Waiter waiter) => Admission.Admits(_holders, waiter, Policy);

    private void Put(Waiter waiter)
    {
        if (waiter.IsUpgrade)
            _upgrade = waiter;
        else
            _queue = _queue.Replace(waiter);
    }

    private void BeginSweeps()
    {
        if (Next is null)
            (_sweepAt, _doubtedAt) = (_now.Monotonic + Policy.Slice, null);
    }

    private Lease Change(Lease before, Lease after, Waiter? waiter = null)
    {
        Add(new LockEvent.HoldChanged(before, after, waiter));
        return Replace(before, after);
    }

    private Lease Replace(Lease before, Lease after)
    {
        _holders = _holders.Replace(before, after);
        _dirty = true;
        return after;
    }

    private Lease Grant(LockRequest request, Waiter? waiter)
    {
        var token = DrawToken();
        var term = request.Renews && Policy.FirstLease < request.Duration ? Policy.FirstLease : request.Duration;
        var numbers = Admission.NumbersFor(_holders, request);
        var extent = numbers.IsEmpty ? null : new HoldExtent(request.Mode, request.Permits, numbers, Change: 0);
        var lease = new Lease { Request = request, FencingToken = token, Extent = extent, Term = term, GrantedAt = _now.Monotonic }.Extended(term, _now);
        _holders = _holders.Add(lease);
        _granted = true;
        _dirty = true;
        Add(new LockEvent.LeaseGranted(lease, waiter));
        return lease;
    }

    private FencingToken DrawToken()
    {
        // So long after its last grant the key may have been forgotten and made anew, ahead of the clock, in seconds that its store has lost.
        if (IsTokenOlderThan(Policy.LifeMin))
            RaiseTokensToClock();
        _lastToken = _lastToken.Next(_now.UnixMilliseconds, _lastTokenAt);
        _lastTokenAt = _now.UnixMilliseconds;
        return _lastToken;
    }

    private void RaiseTokensToClock()
    {
        var floor = _lastToken.RaisedToClock(_now.UnixMilliseconds, Policy.MaxClockSkew);
        if (floor > _lastToken)
            (_lastToken, _lastTokenAt) = (floor, _now.UnixMilliseconds);
    }

    private bool IsTokenOlderThan(TimeSpan age) => _now.UnixMilliseconds - _lastTokenAt >= (long)age.TotalMilliseconds;

    private Waiter WithCall(Waiter waiter, LockCommand.Waiting call)
    {
        var bound = call.Beats is null ? Policy.Slice : LockPolicy.BeatingSlice;
        var slice = call.Slice is { } asked && asked < bound ? asked : bound;
        var givesUp = call.Wait != Timeout.InfiniteTimeSpan && call.Wait <= slice;
        return waiter with
        {
            AttachedUntil = _now.Monotonic + (givesUp ? call.Wait : slice),
            PresentUntil = _now.Monotonic + Policy.Presence,
            GivesUp = givesUp,
        };
    }

    private void Add(LockEvent lockEvent) => (_events ??= ImmutableArray.CreateBuilder<LockEvent>()).Add(lockEvent);

    private void AssertInvariants()
    {
        InvariantViolationException.ThrowUnless(Admission.Allows(_holders), "those who hold may do so side by side, and no two have one permit number");
        InvariantViolationException.ThrowUnless(_lastToken >= _before.LastToken, "fencing tokens never go back");
        InvariantViolationException.ThrowUnless(
            !_granted || _lastToken > _before.LastToken, "a grant has a larger fencing token than every one before");
        InvariantViolationException.ThrowUnless(_queue.FirstTicket >= _before.Queue.FirstTicket, "the queue is served in ticket order");
        InvariantViolationException.ThrowUnless(_queue.NextTicket >= _before.Queue.NextTicket, "tickets are never used again");
        InvariantViolationException.ThrowUnless(_queue.Count <= Math.Max(Policy.QueueLimit, _before.Queue.Count), "the queue keeps its limit");
        foreach (var lease in _holders)
        {
            InvariantViolationException.ThrowUnless(lease.FencingToken <= _lastToken, "no holder has a token that was not drawn");
            InvariantViolationException.ThrowUnless(_queue.Find(lease.LeaseId) is null, "who holds does not wait");
        }

        InvariantViolationException.ThrowUnless(
            _upgrade is null || FindHolder(_upgrade.LeaseId) is { Mode: LockMode.Upgradeable }, "an upgrade waits only for an upgradeable hold");
        InvariantViolationException.ThrowUnless(
            Next is not { } next || !next.IsThere(_now) || !Admits(next), "a waiter that is there is not kept waiting for a lock that admits it");
    }
}
