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
    private readonly TokenDraft _tokens;
    private KeyData? _data;
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
        _data = state.Data;
        _tokens = new TokenDraft(state, now, policy);
        _sweepAt = state.SweepAt;
        _doubtedAt = state.DoubtedAt;
        if (!now.IsStored)
            _tokens.RaiseToClock();
    }

    public LockPolicy Policy { get; }

    public ImmutableArray<Lease> Holders => _holders;

    /// <summary>The key's limit and value.</summary>
    public KeyData Data => _data ?? KeyData.None;

    /// <summary>The key's value as of now.</summary>
    public KeyValue? Value => Data.ValueAt(_now.UnixMilliseconds);

    public bool IsStored => _now.IsStored;

    public int QueueLength => _queue.Count;

    /// <summary>The highest token so far.</summary>
    public FencingToken LastToken => _tokens.Last;

    /// <summary>How many wait, the upgrade among them.</summary>
    public int WaiterCount => _queue.Count + (_upgrade is null ? 0 : 1);

    /// <summary>Whether a request is granted without a place in the queue: only where nobody waits.</summary>
    public bool IsFreeFor(LockRequest request) => Next is null && Admission.Admits(_holders, request, Data.Limit, Policy);

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
    public bool MayBeFromFormerLife(Lease lease) => lease.Restarts > 0 && _tokens.IsOlderThan(Policy.LifeMin - Policy.CreateWindow);

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
            DropSilent(doubtedAt);
            _doubtedAt = null;
        }

        if (_doubtedAt is null && (IsSilent(_upgrade) || _queue.Waiters.Any(IsSilent)))
            _doubtedAt = _now.Monotonic;
        _sweepAt = _doubtedAt is { } since ? since + Policy.Doubt : _now.Monotonic + Policy.Slice;
    }

    private bool IsSilent(Waiter? waiter) => waiter is not null && waiter.PresentUntil <= _now.HeardUntil;

    private void DropSilent(TimeSpan since)
    {
        if (_upgrade is { } upgrade && upgrade.PresentUntil <= since)
            EndWait(upgrade, EndReason.Dropped);
        EndWaitsWhere(waiter => waiter.PresentUntil <= since, EndReason.Dropped);
    }

    public void EndWaitsWhere(Predicate<Waiter> isOver, EndReason reason)
    {
        var isAny = false;
        foreach (var waiter in _queue.Waiters)
        {
            if (!isOver(waiter))
                continue;
            isAny = true;
            _ended = _ended.Add(waiter.LeaseId, reason);
            Add(new LockEvent.WaitEnded(waiter, reason));
        }

        if (isAny)
            _queue = _queue.Where(waiter => !isOver(waiter));
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
        return Grant(waiter.Request, waiter.Value, waiter);
    }

    public Lease GrantAtOnce(LockCommand.Acquire acquire) => Grant(acquire.Request, acquire.Value, waiter: null);

    public LockReply.Granted Granted(Lease lease) => new(lease, Data.ValueVersion);

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
        return Change(lease, lease with { FencingToken = _tokens.Draw(), Extent = new HoldExtent(LockMode.Exclusive, 1, [], change) { IsUpgraded = true } }, waiter);
    }

    /// <summary>Gives a part of a hold back. The lowest numbers stay.</summary>
    public Lease Downgrade(Lease lease, LockMode mode, int permits, int change) =>
        Change(lease, lease with { Extent = new HoldExtent(mode, permits, lease.Numbers.Length > permits ? lease.Numbers[..permits] : lease.Numbers, change) });

    /// <summary>Notes that a change is over, so that a late copy of it does nothing.</summary>
    public Lease SettleChange(Lease lease, int change) =>
        Replace(lease, lease with { Extent = new HoldExtent(lease.Mode, lease.Permits, lease.Numbers, change) });

    /// <summary>Sets the value, or clears it. Only its exclusive holder may.</summary>
    public void SetValue(Lease lease, NewValue value)
    {
        var keptUntil = value.KeepFor is { } keepFor ? _now.UnixMilliseconds + (long)keepFor.TotalMilliseconds : long.MaxValue;
        SetValue(value.Bytes.IsEmpty ? null : new KeyValue(value.Bytes, lease.LeaseId, keptUntil));
    }

    /// <summary>Sets the limit. Whoever waits and asks for more could never be granted that, and would block all behind it.</summary>
    public void SetLimit(int limit)
    {
        _data = Data with { Limit = limit, LimitVersion = Data.LimitVersion + 1 };
        _dirty = true;
        EndWaitsWhere(waiter => Admission.IsOverLimit(waiter.Request, limit), EndReason.Refused);
    }

    public void EndLease(Lease lease, EndReason reason)
    {
        if (Data.Value is { IsEphemeral: true } value && value.SetBy == lease.LeaseId)
            SetValue(null);
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
        var events = _events?.DrainToImmutable() ?? [];
        var changed = _dirty || _tokens.Last != _before.LastToken
            || !ReferenceEquals(_queue, _before.Queue) || !ReferenceEquals(_upgrade, _before.Upgrade) || !ReferenceEquals(_ended, _before.Ended) || _sweepAt != _before.SweepAt
            || _doubtedAt != _before.DoubtedAt;
        var state = !changed ? _before : _before with
        {
            LastToken = _tokens.Last,
            LastTokenAt = _tokens.LastAt,
            Holders = _holders,
            Queue = _queue,
            Upgrade = _upgrade,
            Data = _data,
            Ended = _ended,
            SweepAt = _sweepAt,
            DoubtedAt = _doubtedAt,
        };

        LockInvariants.Assert(_before, state, _granted, _now, Policy);

        // A grant is told only when it is written, whoever's command brought it about.
        return new LockTransition(state, reply, events, _granted ? AnswerAfter.Write : after, _dirty);
    }

    /// <summary>Who is looked at next: the upgrade, or else the first in the queue.</summary>
    private Waiter? Next => _upgrade ?? (_queue.IsEmpty ? null : _queue.First);

    private bool Admits(Waiter waiter) => Admission.Admits(_holders, waiter, Data.Limit, Policy);

    private void SetValue(KeyValue? value)
    {
        _data = Data with { Value = value, ValueVersion = Data.ValueVersion + 1 };
        _dirty = true;
    }

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

    private Lease Grant(LockRequest request, NewValue? value, Waiter? waiter)
    {
        var token = _tokens.Draw();
        // A session vouches for its holder: one that died costs no more than the session's lease.
        var term = request.Renews && request.Session is null && Policy.FirstLease < request.Duration ? Policy.FirstLease : request.Duration;
        var numbers = Admission.NumbersFor(_holders, request, Data.Limit);
        var extent = numbers.IsEmpty ? null : new HoldExtent(request.Mode, request.Permits, numbers, Change: 0);
        var lease = new Lease { Request = request, FencingToken = token, Extent = extent, Term = term, GrantedAt = _now.Monotonic }.Extended(term, _now);
        _holders = _holders.Add(lease);
        _granted = true;
        _dirty = true;
        if (value is not null)
            SetValue(lease, value);
        Add(new LockEvent.LeaseGranted(lease, waiter));
        return lease;
    }

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
            Value = (call as LockCommand.Acquire)?.Value,
        };
    }

    private void Add(LockEvent lockEvent) => (_events ??= ImmutableArray.CreateBuilder<LockEvent>()).Add(lockEvent);
}
