namespace LockGrains.Core;

/// <summary>All that one step decides, and what must have happened before any of it may be told.</summary>
internal sealed class DecisionBatch(LockPolicy policy, QueueJournal journal, WaitingCalls waiting)
{
    private readonly List<Decision> _decisions = new(1);
    private LockState? _state;
    private AnswerAfter _after;
    private bool _dirty;

    // The holds that it takes from their holders.
    private Dictionary<LeaseId, EndReason>? _taken;

    public IReadOnlyList<Decision> Decisions => _decisions;

    /// <summary>The calls that are not answered yet, though what they asked is decided.</summary>
    public IEnumerable<PendingCall> Calls() => _decisions.Select(decision => decision.Call).OfType<PendingCall>();

    /// <summary>The holds that it ends at their holders' wish.</summary>
    public IEnumerable<LeaseId> Releases() => _decisions.SelectMany(decision => decision.Transition.Events.OfType<LockEvent.LeaseEnded>())
        .Where(ended => ended.Reason is EndReason.Released or EndReason.Cancelled)
        .Select(ended => ended.Lease.LeaseId);

    /// <summary>Decides what has gathered, and what is due.</summary>
    /// <returns>The next state, what its answers wait for, and whether it is to be stored soon in any case.</returns>
    public (LockState State, AnswerAfter After, bool Dirty) Decide(LockState state, List<PendingCall> calls, LockTime now)
    {
        (_state, _after, _dirty) = (state, AnswerAfter.Decision, false);
        foreach (var heard in waiting.TakeHeard(now.Monotonic))
            Decide(heard, call: null, now);
        var settled = _decisions.Count;
        while (waiting.TryNextEnded(now.Monotonic, out var leaseId))
            Decide(new LockCommand.EndSlice(leaseId), call: null, now);

        // Who has gone goes first, so that a copy of its request whose caller waits attaches it again, in whatever order the two came.
        foreach (var call in calls)
        {
            if (call.IsCompleted)
                Decide(CommandOf(call), call, now);
        }

        foreach (var call in calls)
        {
            if (!call.IsCompleted)
                Decide(CommandOf(call), call, now);
        }

        if (_decisions.Count == settled)
            Decide(LockCommand.Tick.Instance, call: null, now);
        var next = _state;
        _state = null;
        return (next, _after, _dirty);
    }

    /// <summary>
    /// What is told of a decision when all of them are stored. A hold that was granted, extended or changed and then taken away is not in the record
    /// as that: its holder is told of the end, and not of what would be true no more.
    /// </summary>
    /// <param name="reply">What was decided.</param>
    /// <param name="queueLength">How many wait after all of them.</param>
    public LockReply Final(LockReply reply, int queueLength)
    {
        if (_taken is null)
            return reply;
        return reply switch
        {
            LockReply.Granted granted when _taken.TryGetValue(granted.Lease.LeaseId, out var end) =>
                new LockReply.Denied(end == EndReason.SessionEnded ? DenyReason.SessionEnded : DenyReason.Ended, queueLength),
            LockReply.Renewed renewed when _taken.TryGetValue(renewed.Lease.LeaseId, out var end) => new LockReply.NotHeld(end),
            LockReply.Changed changed when _taken.TryGetValue(changed.Lease.LeaseId, out var end) => new LockReply.NotHeld(end),
            LockReply.Current current when _taken.TryGetValue(current.Lease.LeaseId, out var end) => new LockReply.NotHeld(end),
            _ => reply,
        };
    }

    public void Clear()
    {
        _decisions.Clear();
        _taken = null;
    }

    private void Decide(LockCommand command, PendingCall? call, LockTime now)
    {
        var transition = LockStateMachine.Apply(_state!, command, now, policy);
        _decisions.Add(new Decision(call, command, transition));
        _state = transition.State;
        _after = transition.After > _after ? transition.After : _after;
        _dirty |= transition.Dirty;
        foreach (var lockEvent in transition.Events)
        {
            NoteStoredEnd(lockEvent);
            if (lockEvent is LockEvent.LeaseEnded { Reason: EndReason.SessionEnded or EndReason.Revoked } taken)
                (_taken ??= [])[taken.Lease.LeaseId] = taken.Reason;
        }
    }

    // Who waited in storage would wait there again after a crash, and hold up all behind it: what ends it is told when it is stored.
    // Nobody is told of one that was dropped, so that may wait for the next write, for a while.
    private void NoteStoredEnd(LockEvent lockEvent)
    {
        if (lockEvent is not LockEvent.WaitEnded ended || !journal.MayBeStored(ended.Waiter))
            return;
        journal.NoteEnded(ended.Waiter);
        _dirty = true;
        if (ended.Reason != EndReason.Dropped)
            _after = AnswerAfter.Write;
    }

    /// <summary>What a call comes to by now.</summary>
    private LockCommand CommandOf(PendingCall call)
    {
        // Its caller has gone: a waiter keeps its place for the window, and one that was not here yet never gets one.
        var command = call.IsCompleted && call.Command is LockCommand.Waiting gone ? new LockCommand.Detach(gone.LeaseId) : call.Command;

        // Another call of the same client waits: who abandoned this one was there, as by a heartbeat.
        return command is LockCommand.Detach detach && waiting.IsWaiting(detach.LeaseId) ? new LockCommand.Beat([detach.LeaseId]) : command;
    }

    internal readonly record struct Decision(PendingCall? Call, LockCommand Command, LockTransition Transition);
}
