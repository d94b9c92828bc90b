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
    public bool IsFreeFor(LockRequest request) => Admission.Admits(_holders, request) && _queue.IsEmpty;

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

    public Waiter? FindWaiter(LeaseId leaseId) => _queue.Find(leaseId);

    public int PlaceOf(LeaseId leaseId) => _queue.PlaceOf(leaseId);

    public EndReason EndOf(LeaseId leaseId) => _ended.Find(leaseId);

    /// <summary>A waiter whose client was there is waited for from then on, if it was to be given up earlier.</summary>
    public void Hear(LockCommand.Hear heard)
    {
        var presentUntil = heard.At + Policy.Presence;
        if (FindWaiter(heard.LeaseId) is { } waiter && waiter.PresentUntil < presentUntil)
            _queue = _queue.Replace(waiter with { PresentUntil = presentUntil });
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
        _queue = _queue.Replace(waiter with { PresentUntil = _now.Monotonic + Policy.Presence });
        return new WaiterPlace(waiter.Ticket, PlaceOf(leaseId));
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

        if (_doubtedAt is null && _queue.Waiters.Any(waiter => waiter.PresentUntil <= _now.HeardUntil))
            _doubtedAt = _now.Monotonic;
        _sweepAt = _doubtedAt is { } since ? since + Policy.Doubt : _now.Monotonic + Policy.Slice;
    }

    private void DropWhere(Predicate<Waiter> isGone)
    {
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

    /// <summary>Hands the lock to the first waiters that it admits. One that is not there is waited for until it is dropped.</summary>
    public void GrantToWaiters()
    {
        while (!_queue.IsEmpty && Admission.Admits(_holders, _queue.First.Request))
        {
            var first = _queue.First;
            if (first.IsThere(_now))
            {
                GrantTo(first);
                continue;
            }

            if (first.PresentUntil <= _now.HeardUntil)
                Sweep();
            if (!_queue.IsEmpty && ReferenceEquals(_queue.First, first))
                return;
        }
    }

    /// <summary>Whether a waiter may take the lock now, though no call of its waits.</summary>
    public bool IsNext(Waiter waiter) => ReferenceEquals(_queue.First, waiter) && Admission.Admits(_holders, waiter.Request);

    public Lease GrantTo(Waiter waiter)
    {
        _queue = _queue.Remove(waiter);
        return Grant(waiter.Request, waiter);
    }

    public Lease GrantAtOnce(LockRequest request) => Grant(request, waiter: null);

    public void Enqueue(LockCommand.Acquire acquire)
    {
        if (_queue.IsEmpty)
            (_sweepAt, _doubtedAt) = (_now.Monotonic + Policy.Slice, null);
        var waiter = WithCall(new Waiter { Ticket = _queue.NextTicket, Request = acquire.Request, EnqueuedAt = _now.Monotonic }, acquire);
        _queue = _queue.Enqueue(waiter);
        Add(new LockEvent.WaiterQueued(waiter));
    }

    public void Attach(Waiter waiter, LockCommand.Acquire acquire) => _queue = _queue.Replace(WithCall(waiter, acquire));

    /// <summary>A caller that ended its call was there: it keeps its place as from now.</summary>
    public void Detach(Waiter waiter) => EndSlice(waiter with { PresentUntil = _now.Monotonic + Policy.Presence });

    /// <summary>A call that ended by the clock says nothing of its client, which may have died in it.</summary>
    public void EndSlice(Waiter waiter) => _queue = _queue.Replace(waiter with { AttachedUntil = _now.Monotonic, GivesUp = false });

    public void EndWait(Waiter waiter, EndReason reason)
    {
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

    public void EndLease(Lease lease, EndReason reason)
    {
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
            || !ReferenceEquals(_queue, _before.Queue) || !ReferenceEquals(_ended, _before.Ended) || _sweepAt != _before.SweepAt
            || _doubtedAt != _before.DoubtedAt;
        var state = !changed ? _before : _before with
        {
            LastToken = _lastToken,
            LastTokenAt = _lastTokenAt,
            Holders = _holders,
            Queue = _queue,
            Ended = _ended,
            SweepAt = _sweepAt,
            DoubtedAt = _doubtedAt,
        };

        // A grant is told only when it is written, whoever's command brought it about.
        return new LockTransition(state, reply, events, _granted ? AnswerAfter.Write : after, _dirty);
    }

    private Lease Grant(LockRequest request, Waiter? waiter)
    {
        // So long after its last grant the key may have been forgotten and made anew, ahead of the clock, in seconds that its store has lost.
        if (IsTokenOlderThan(Policy.LifeMin))
            RaiseTokensToClock();
        _lastToken = _lastToken.Next(_now.UnixMilliseconds, _lastTokenAt);
        _lastTokenAt = _now.UnixMilliseconds;
        var term = request.Renews && Policy.FirstLease < request.Duration ? Policy.FirstLease : request.Duration;
        var lease = new Lease { Request = request, FencingToken = _lastToken, Term = term, GrantedAt = _now.Monotonic }.Extended(term, _now);
        _holders = _holders.Add(lease);
        _granted = true;
        _dirty = true;
        Add(new LockEvent.LeaseGranted(lease, waiter));
        return lease;
    }

    private void RaiseTokensToClock()
    {
        var floor = _lastToken.RaisedToClock(_now.UnixMilliseconds, Policy.MaxClockSkew);
        if (floor > _lastToken)
            (_lastToken, _lastTokenAt) = (floor, _now.UnixMilliseconds);
    }

    private bool IsTokenOlderThan(TimeSpan age) => _now.UnixMilliseconds - _lastTokenAt >= (long)age.TotalMilliseconds;

    private Waiter WithCall(Waiter waiter, LockCommand.Acquire acquire)
    {
        var bound = acquire.Beats is null ? Policy.Slice : LockPolicy.BeatingSlice;
        var slice = acquire.Slice is { } asked && asked < bound ? asked : bound;
        var givesUp = acquire.Wait != Timeout.InfiniteTimeSpan && acquire.Wait <= slice;
        return waiter with
        {
            AttachedUntil = _now.Monotonic + (givesUp ? acquire.Wait : slice),
            PresentUntil = _now.Monotonic + Policy.Presence,
            GivesUp = givesUp,
        };
    }

    private void Add(LockEvent lockEvent) => (_events ??= ImmutableArray.CreateBuilder<LockEvent>()).Add(lockEvent);

    private void AssertInvariants()
    {
        InvariantViolationException.ThrowUnless(Admission.Allows(_holders), "at most one lease holds an exclusive lock");
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
            _queue.IsEmpty || !_queue.First.IsThere(_now) || !Admission.Admits(_holders, _queue.First.Request),
            "a waiter that is there is not kept waiting for a free lock");
    }
}
