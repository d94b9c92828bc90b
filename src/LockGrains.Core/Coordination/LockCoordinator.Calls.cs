namespace LockGrains.Core;

/// <content>The calls that wait: how each begins, is told its place, gives way to a later copy, or is given up.</content>
public sealed partial class LockCoordinator
{
    private void StartWaiting(PendingCall call, LockReply.Queued queued)
    {
        var leaseId = ((LockCommand.Acquire)call.Command).LeaseId;
        if (_state!.Queue.Find(leaseId) is { } waiter && call.IsAbandoned)
        {
            call.Cancel();
            Detach(waiter.LeaseId);
        }
        else if (_state.Queue.Find(leaseId) is { } attached)
            Wait(attached, call);
        else if (_state.FindHolder(leaseId) is { } lease)
            call.Answer(new LockReply.Granted(lease));
        else
            call.Answer(new LockReply.Denied(DenyReason.Ended, queued.QueueLength));
    }

    // A client that calls again has given up its earlier call: both would get the same answer, but only one is listened to.
    private void Wait(Waiter waiter, PendingCall call)
    {
        if (_waiting.TryTake(waiter.LeaseId, out var earlier) || _awaitingPlace.Remove(waiter.LeaseId, out earlier))
            earlier.AnswerUnknown("A later copy of this request waits in its place.");
        _waiting.Add(waiter, call);
        call.Listen(_onGone);
    }

    private void EndSlice(LeaseId leaseId, LockReply reply)
    {
        // Answered by an event of this very batch: granted or timed out.
        if (!_waiting.TryTake(leaseId, out var call))
            return;
        if (reply is not LockReply.Queued)
            call.Answer(reply);
        else
            TellPlace(leaseId, call);
    }

    /// <summary>Ends a call with its place, as soon as that is durable.</summary>
    private void TellPlace(LeaseId leaseId, PendingCall call)
    {
        if (call.Ticket < _journal.CommittedTail)
            AnswerPlace(call);
        else
            AwaitPlace(leaseId, call);
    }

    private void AwaitPlace(LeaseId leaseId, PendingCall call)
    {
        var now = Elapsed;
        if (_awaitingPlace.Count == 0)
            _awaitingHeardAt = now;
        _awaitingPlace.Add(leaseId, call);
        KeepPlace(call, now);
        if (call.Ticket >= _journal.FlushedTail)
            _flushDue = TimeSpan.Zero;
        else
            _headDue = TimeSpan.Zero;
    }

    /// <summary>Who awaits its place is here, and must not be dropped however long the writes take. Asked before anything is decided.</summary>
    private void KeepAwaitedPlaces(TimeSpan now)
    {
        if (_awaitingPlace.Count == 0 || now < _awaitingHeardAt + _policy.WaiterGrace)
            return;
        _awaitingHeardAt = now;
        foreach (var call in _awaitingPlace.Values)
            KeepPlace(call, now);
    }

    private void KeepPlace(PendingCall call, TimeSpan now)
    {
        if (WaiterOf(call) is { } waiter)
            _state = _state!.WithGraceFrom(waiter, now, _policy);
    }

    private void TellDurablePlaces()
    {
        if (_awaitingPlace.Count == 0 || _state is null)
            return;
        foreach (var (leaseId, call) in _awaitingPlace)
        {
            if (call.Ticket < _journal.CommittedTail)
                AnswerPlace(call);
            if (call.IsCompleted)
                _awaitingPlace.Remove(leaseId);
        }
    }

    private void AnswerPlace(PendingCall call)
    {
        var queue = _state!.Queue;
        if (WaiterOf(call) is { } waiter)
        {
            // Its slice may have ended before a slow write. Only now does its caller learn that it has to come back.
            _state = _state.WithGraceFrom(waiter, Elapsed, _policy);
            var place = queue.PlaceOf(waiter.LeaseId);
            call.Answer(new LockAnswer(new LockReply.Queued(call.Ticket, place, queue.Count), Slice: _policy.SliceAt(place)));
        }
        else
        {
            call.AnswerUnknown("The wait ended while its place was being told.");
        }
    }

    /// <summary>Ends a call whose caller has gone. One that does not wait yet, because a write is on its way, is detached as soon as it would.</summary>
    private void Abandon(PendingCall call)
    {
        if (!call.Cancel())
            return;
        if (!IsAlive || WaiterOf(call) is not { } waiter || !_waiting.IsWaiting(waiter.LeaseId, call))
            return;
        _waiting.TryTake(waiter.LeaseId, out _);
        Detach(waiter.LeaseId);
        Pump();
    }

    private Waiter? WaiterOf(PendingCall call) => _state?.Queue.Between(call.Ticket, call.Ticket + 1).FirstOrDefault();

    /// <summary>Lets a waiter go on without a call, but before what has gathered: a later copy of its request attaches it again.</summary>
    private void Detach(LeaseId leaseId) =>
        _inbox.Insert(0, new PendingCall<bool>(new LockCommand.Detach(leaseId), Elapsed, static _ => true, CancellationToken.None));
}
