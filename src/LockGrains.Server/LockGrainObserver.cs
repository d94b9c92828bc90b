using LockGrains.Core;

namespace LockGrains;

/// <summary>Turns what a coordinator reports into measures, logs and the end of its activation.</summary>
internal sealed class LockGrainObserver(LockGrainHost host, string key, Action onQuarantined, Action<TimeSpan> onLeased, Action onUnused)
    : ILockCoordinatorObserver
{
    // Orleans collects after minutes; shorter leases end before.
    private static readonly TimeSpan LongTerm = TimeSpan.FromMinutes(1);

    // What this activation adds to the silo's gauges, until it is over.
    private int _held;
    private int _waiting;
    private bool _isOver;

    // When a hold ended last, and how long the last write of the lock record took: a grant is told once it is in storage.
    private TimeSpan? _endedAt;
    private TimeSpan _wroteFor;

    public void OnEvent(LockEvent lockEvent, LockTime now, int queueLength)
    {
        Count(_held + (lockEvent is LockEvent.LeaseGranted ? 1 : lockEvent is LockEvent.LeaseEnded ? -1 : 0), queueLength);
        switch (lockEvent)
        {
            case LockEvent.LeaseGranted granted:
                host.Metrics.OnGranted(granted.Waiter is { } waiter ? now.Monotonic - waiter.EnqueuedAt : TimeSpan.Zero);
                OnHandedOver(granted, now);
                OnLeased(granted.Lease);
                break;
            case LockEvent.LeaseRenewed renewed:
                host.Metrics.OnRenewed();
                OnLeased(renewed.Lease);
                break;
            case LockEvent.LeaseEnded ended:
                _endedAt = now.Monotonic;
                host.Metrics.OnEnded(ended.Reason, now.Monotonic - ended.Lease.GrantedAt);
                Log(ended);
                if (ended is { Reason: EndReason.Revoked, Lease.Request.Session: { } session })
                    host.LeaveWord(session, key);
                break;
            case LockEvent.WaiterQueued:
                host.Metrics.OnQueued(queueLength);
                break;
            case LockEvent.WaitEnded ended:
                host.Metrics.OnWaitEnded(ended.Reason);
                break;
        }
    }

    public void OnWritten(RecordName name, int bytes, TimeSpan elapsed)
    {
        if (name == RecordName.Lock)
            _wroteFor = elapsed;
        host.Metrics.OnWritten(name, bytes, elapsed);
        host.Quarantines.StorageAnswered();
    }

    public void OnWriteFailed(bool isConflict, TimeSpan elapsed) => host.Metrics.OnWriteFailed(isConflict, elapsed);

    public void OnLoaded(LockState state, bool fenced)
    {
        host.Metrics.OnLoaded(fenced);
        host.Quarantines.StorageAnswered();
        Count(state.Holders.Length, state.Queue.Count);
        LockGrainLog.Loaded(host.Logger, key, state.Holders.Length, state.Queue.Count, state.Epoch, fenced);
    }

    public void OnForgotten(bool wasStored, bool isUnused)
    {
        if (wasStored)
            host.Metrics.OnForgotten();
        if (isUnused)
            onUnused();
    }

    public void OnQuarantined(QuarantineReason reason, Exception? exception)
    {
        OnOver();
        host.Metrics.OnQuarantined(reason);
        host.Quarantines.Add(key, reason, exception);
        onQuarantined();
    }

    /// <summary>The activation is over: whatever it held, or made wait, counts where it is loaded next.</summary>
    public void OnOver()
    {
        Count(held: 0, waiting: 0);
        _isOver = true;
    }

    private void Count(int held, int waiting)
    {
        if (_isOver)
            return;
        if (held != _held)
            host.Metrics.OnHeld(held - _held);
        if (waiting != _waiting)
            host.Metrics.OnWaiting(waiting - _waiting);
        (_held, _waiting) = (held, waiting);
    }

    // Who comes in beside others, and not in the step in which a hold ended, was let in by something else: a downgrade, a higher limit, or one before it
    // that gave up. One that came after the end was kept waiting by nobody's hold until then.
    private void OnHandedOver(LockEvent.LeaseGranted granted, LockTime now)
    {
        if (granted.Waiter is not { } waiter || _endedAt is not { } endedAt || (_held > 1 && endedAt != now.Monotonic))
            return;
        var since = waiter.EnqueuedAt > endedAt ? waiter.EnqueuedAt : endedAt;
        host.Metrics.OnHandedOver(now.Monotonic - since + _wroteFor);
    }

    private void OnLeased(Lease lease)
    {
        if (lease.Term > LongTerm)
            onLeased(lease.Term);
    }

    private void Log(LockEvent.LeaseEnded ended)
    {
        if (ended.Reason == EndReason.Expired)
            LockGrainLog.Expired(host.Logger, key, ended.Lease.Request.OwnerId, ended.Lease.FencingToken.Value);
        else if (ended.Reason == EndReason.Revoked)
            LockGrainLog.Revoked(host.Logger, key, ended.Lease.Request.OwnerId, ended.Lease.FencingToken.Value);
    }
}
