namespace LockGrains.Core.Tests.StateMachine;

/// <summary>A lock with a clock that the story moves by hand. Each command takes the state that the one before left.</summary>
internal sealed class LockUnderTest
{
    private readonly LockPolicy _policy;

    public LockUnderTest(LockPolicy? policy = null)
    {
        _policy = policy ?? new LockPolicy { PresenceWindow = Times.Sec(20) };
        State = LockState.Create(Now, _policy);
    }

    public LockState State { get; set; }

    public LockTransition Last { get; private set; }

    public LockTime Now { get; private set; } = new(Times.Sec(100), 1_900_000_000_000);

    public LeaseId? Holder => State.Holders is [var lease] ? lease.LeaseId : null;

    public IEnumerable<LeaseId> Holders => State.Holders.Select(lease => lease.LeaseId);

    public IEnumerable<LeaseId> Waiting => State.Queue.Waiters.Select(waiter => waiter.LeaseId);

    /// <summary>What happened in the last step, in short.</summary>
    public IEnumerable<string> Events => Last.Events.Select(lockEvent => lockEvent switch
    {
        LockEvent.LeaseGranted => "granted",
        LockEvent.LeaseRenewed => "renewed",
        LockEvent.LeaseEnded ended => $"lease {ended.Reason}",
        LockEvent.WaiterQueued => "queued",
        LockEvent.WaitEnded ended => $"wait {ended.Reason}",
        LockEvent.HoldChanged => "changed",
        LockEvent.UpgradeEnded ended => $"upgrade {ended.Reason}",
        _ => "something else",
    });

    /// <summary>When the lock's timer rings next.</summary>
    public TimeSpan NextDeadline => State.NextDeadline(_policy);

    /// <summary>What keeps the first in line waiting.</summary>
    public WaitObstacle Obstacle => State.FindObstacle(_policy);

    public void Wait(TimeSpan time) => Now = new LockTime(Now.Monotonic + time, Now.UnixMilliseconds + (long)time.TotalMilliseconds);

    /// <summary>Time passes, and the lock's timer rings whenever it is due.</summary>
    public void Pass(TimeSpan time)
    {
        var until = Now.Monotonic + time;
        for (var rings = 0; NextDeadline <= until; rings++)
        {
            Assert.True(rings < 1000, $"The timer rings again and again at {Now.Monotonic}.");
            Wait(Later(NextDeadline, Now.Monotonic) - Now.Monotonic);
            Tick();
        }

        Wait(until - Now.Monotonic);
    }

    public void JumpWallClock(TimeSpan by) => Now = Now with { UnixMilliseconds = Now.UnixMilliseconds + (long)by.TotalMilliseconds };

    public void SetWallClock(long unixMilliseconds) => Now = Now with { UnixMilliseconds = unixMilliseconds };

    public LockReply Do(LockCommand command)
    {
        Last = LockStateMachine.Apply(State, command, Now, _policy);
        State = Last.State;
        return Last.Reply;
    }

    public LockReply Acquire(LeaseId leaseId, TimeSpan? wait = null, TimeSpan? lease = null, bool renews = true, TimeSpan? slice = null, string owner = "somebody", TimeSpan? beats = null) =>
        Do(new LockCommand.Acquire(new LockRequest(leaseId, owner, LockMode.Exclusive, lease ?? Times.Sec(30), renews), wait ?? Times.Forever, slice, beats));

    public LockReply Try(LeaseId leaseId) => Acquire(leaseId, TimeSpan.Zero);

    /// <summary>Asks to hold it beside others. Its lease is long, so that a story in which time passes is about something else.</summary>
    public LockReply Share(LeaseId leaseId, int permits = 1, int limit = 0, TimeSpan? wait = null, TimeSpan? beats = null, string owner = "somebody") =>
        Ask(leaseId, LockMode.Shared, permits, limit, wait, beats, owner);

    public LockReply TryShare(LeaseId leaseId, int permits = 1, int limit = 0) => Share(leaseId, permits, limit, TimeSpan.Zero);

    public LockReply ShareToUpgrade(LeaseId leaseId, TimeSpan? wait = null) => Ask(leaseId, LockMode.Upgradeable, wait: wait);

    public LockReply Ask(
        LeaseId leaseId, LockMode mode, int permits = 1, int limit = 0, TimeSpan? wait = null, TimeSpan? beats = null, string owner = "somebody") =>
        Do(new LockCommand.Acquire(
            new LockRequest(leaseId, owner, mode, Times.Sec(3600), Renews: false) { Permits = permits, Limit = limit }, wait ?? Times.Forever, Beats: beats));

    public LockReply Upgrade(LeaseId leaseId, int change, TimeSpan? wait = null, TimeSpan? beats = null) =>
        Do(new LockCommand.Upgrade(leaseId, change, wait ?? Times.Sec(30), Beats: beats));

    public LockReply CancelUpgrade(LeaseId leaseId, int change) => Do(new LockCommand.CancelUpgrade(leaseId, change));

    public LockReply Downgrade(LeaseId leaseId, int change, LockMode mode = LockMode.Shared, int permits = 1) =>
        Do(new LockCommand.Downgrade(leaseId, change, mode, permits));

    /// <summary>A hold that there must be.</summary>
    public Lease Hold(LeaseId leaseId) => State.FindHolder(leaseId) ?? throw new InvalidOperationException($"{leaseId} does not hold the lock.");

    public LockReply Renew(LeaseId leaseId) => Do(new LockCommand.Renew(leaseId));

    public LockReply Release(LeaseId leaseId) => Do(new LockCommand.Release(leaseId));

    public LockReply Cancel(LeaseId leaseId) => Do(new LockCommand.Cancel(leaseId));

    public LockReply Verify(LeaseId leaseId) => Do(new LockCommand.Verify(leaseId));

    public LockReply Revoke(FencingToken token = default) => Do(new LockCommand.Revoke(token));

    /// <summary>A heartbeat of a client that has these requests.</summary>
    public IEnumerable<int> Beat(params LeaseId[] leaseIds) =>
        Assert.IsType<LockReply.Heard>(Do(new LockCommand.Beat([.. leaseIds]))).Places.Select(place => place.Place);

    public LockReply EndSlice(LeaseId leaseId) => Do(new LockCommand.EndSlice(leaseId));

    public LockReply Detach(LeaseId leaseId) => Do(new LockCommand.Detach(leaseId));

    public LockReply Tick() => Do(LockCommand.Tick.Instance);

    /// <summary>The token of a grant that must be one.</summary>
    public FencingToken Granted(LeaseId leaseId, bool renews = true) => Assert.IsType<LockReply.Granted>(Acquire(leaseId, renews: renews)).Lease.FencingToken;

    /// <summary>What a new activation makes of what is stored of this lock.</summary>
    public void Restore() => State = LockState.Restore(Records.Of(State), State.Queue.Waiters, Now, _policy);

    /// <summary>The numbers of its permits.</summary>
    public IEnumerable<int> Numbers(LeaseId leaseId) => Hold(leaseId).Numbers;

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
