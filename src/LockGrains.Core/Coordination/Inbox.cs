namespace LockGrains.Core;

/// <summary>The calls that have come and are not decided yet, in their order.</summary>
internal sealed class Inbox
{
    // Most steps decide one call, and most keys are idle.
    private List<PendingCall> _calls = new(1);
    private List<PendingCall> _taken = new(1);

    public bool IsEmpty => _calls.Count == 0;

    public void Add(PendingCall call) => _calls.Add(call);

    /// <summary>Whether a call is the youngest that is not decided yet.</summary>
    public bool EndsWith(PendingCall call) => _calls is [.., var last] && last == call;

    /// <summary>Lets a waiter go on without a call, but before what has gathered: a later copy of its request attaches it again.</summary>
    public void DetachFirst(LeaseId leaseId, TimeSpan now) =>
        _calls.Insert(0, new PendingCall<bool>(new LockCommand.Detach(leaseId), now, static _ => true, CancellationToken.None));

    /// <summary>When the oldest came, unless that is later than a time.</summary>
    public TimeSpan ArrivedSince(TimeSpan time)
    {
        foreach (var call in _calls)
            time = call.ArrivedAt < time ? call.ArrivedAt : time;
        return time;
    }

    /// <summary>Takes all of them; what comes meanwhile gathers for the next time. <see cref="EndTurn"/> must follow.</summary>
    public List<PendingCall> TakeTurn()
    {
        (_calls, _taken) = (_taken, _calls);
        return _taken;
    }

    public void EndTurn() => _taken.Clear();

    /// <summary>Takes what is there, decided or not, for good.</summary>
    public IReadOnlyList<PendingCall> TakeAll()
    {
        PendingCall[] calls = [.. _calls, .. _taken];
        _calls.Clear();
        _taken.Clear();
        return calls;
    }
}
