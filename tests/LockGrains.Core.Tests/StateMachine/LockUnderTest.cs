namespace LockGrains.Core.Tests.StateMachine;

/// <summary>A lock with a clock that the story moves by hand. Each command takes the state that the one before left.</summary>
internal sealed class LockUnderTest
{
    private readonly LockPolicy _policy;

    public LockUnderTest(LockPolicy? policy = null)
    {
        _policy = policy ?? new LockPolicy { Slice = Times.Sec(10) };
        State = LockState.Create(Now, _policy);
    }

    public LockState State { get; set; }

    public LockTransition Last { get; private set; }

    public LockTime Now { get; private set; } = new(Times.Sec(100), 1_900_000_000_000);

    public LeaseId? Holder => State.Holders is [var lease] ? lease.LeaseId : null;

    public IEnumerable<LeaseId> Waiting => State.Queue.Waiters.Select(waiter => waiter.LeaseId);

    /// <summary>What happened in the last step, in short.</summary>
    public IEnumerable<string> Events => Last.Events.Select(lockEvent => lockEvent switch
    {
        LockEvent.LeaseGranted => "granted",
        LockEvent.LeaseRenewed => "renewed",
        LockEvent.LeaseEnded ended => $"lease {ended.Reason}",
        LockEvent.WaiterQueued => "queued",
        LockEvent.WaiterRecalled => "recalled",
        LockEvent.WaitEnded ended => $"wait {ended.Reason}",
        _ => "something else",
    });

    public void Wait(TimeSpan time) => Now = new LockTime(Now.Monotonic + time, Now.UnixMilliseconds + (long)time.TotalMilliseconds);

    public void JumpWallClock(TimeSpan by) => Now = Now with { UnixMilliseconds = Now.UnixMilliseconds + (long)by.TotalMilliseconds };

    public void SetWallClock(long unixMilliseconds) => Now = Now with { UnixMilliseconds = unixMilliseconds };

    public LockReply Do(LockCommand command)
    {
        Last = LockStateMachine.Apply(State, command, Now, _policy);
        State = Last.State;
        return Last.Reply;
    }

    public LockReply Acquire(LeaseId leaseId, TimeSpan? wait = null, TimeSpan? lease = null, bool renews = true, TimeSpan? slice = null, string owner = "somebody") =>
        Do(new LockCommand.Acquire(new LockRequest(leaseId, owner, LockMode.Exclusive, lease ?? Times.Sec(30), renews), wait ?? Times.Forever, slice));

    public LockReply Try(LeaseId leaseId) => Acquire(leaseId, TimeSpan.Zero);

    public LockReply Renew(LeaseId leaseId) => Do(new LockCommand.Renew(leaseId));

    public LockReply Release(LeaseId leaseId) => Do(new LockCommand.Release(leaseId));

    public LockReply Cancel(LeaseId leaseId) => Do(new LockCommand.Cancel(leaseId));

    public LockReply Verify(LeaseId leaseId) => Do(new LockCommand.Verify(leaseId));

    public LockReply Revoke(FencingToken token = default) => Do(new LockCommand.Revoke(token));

    public LockReply EndSlice(LeaseId leaseId) => Do(new LockCommand.EndSlice(leaseId));

    public LockReply Detach(LeaseId leaseId) => Do(new LockCommand.Detach(leaseId));

    public LockReply EndSliceOrTick(LeaseId leaseId, bool endsSlice) => endsSlice ? EndSlice(leaseId) : Tick();

    public LockReply Tick() => Do(LockCommand.Tick.Instance);

    /// <summary>The token of a grant that must be one.</summary>
    public FencingToken Granted(LeaseId leaseId, bool renews = true) => Assert.IsType<LockReply.Granted>(Acquire(leaseId, renews: renews)).Lease.FencingToken;

    /// <summary>What a new activation makes of what is stored of this lock.</summary>
    public void Restore() => State = LockState.Restore(Records.Of(State), State.Queue.Waiters, Now, _policy);
}
