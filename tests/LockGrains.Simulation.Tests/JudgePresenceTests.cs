using Xunit;

namespace LockGrains.Simulation;

/// <summary>Who is there, as the judge sees it: how long a waiter must be waited for, and when it may be granted the lock.</summary>
public sealed class JudgePresenceTests
{
    private const int Key = 0;

    private static readonly Guid Waiter = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
    private static readonly long Window = JudgeTests.Promised().Window;
    private static readonly long Presence = JudgeTests.Promised().Presence;
    private static readonly long StoreTimeout = JudgeTests.Promised().StoreTimeout;

    private readonly Judge _judge;
    private readonly ActivationFacts _activation = new() { Id = 1, Key = Key, Silo = 0 };
    private long _now;
    private int _calls;

    public JudgePresenceTests()
    {
        _judge = new Judge(JudgeTests.Promised(), () => _now, new Coverage());
        _judge.OnAttempt(new AttemptFacts { Lease = Waiter, Key = Key, Duration = TimeSpan.TicksPerSecond, Renews = true, FirstSentAt = 0 });
        _judge.OnActivation(_activation);
        _judge.OnRead(_activation, read: null);
        _judge.OnLoaded(_activation, fenced: false, holders: [], ended: []);
        _judge.OnCommitted(_activation, Record(Guid.Empty, token: 0));
    }

    [Theory]
    [InlineData(98, "dropped too early")]
    [InlineData(100, null)]
    public void Waiter_IsWaitedForFromItsLastCall(int percent, string? rule)
    {
        Pass(Window / 2);
        Queue(Call());
        Pass(Window / 2);

        // A second call counts from when it came, and not from when it was answered.
        var delivery = Deliver(Call());
        Pass(Window / 2);
        Queue(delivery);
        Pass((Window * percent / 100) - (Window / 2));

        Assert.Equal(rule, Drop());
    }

    [Theory]
    [InlineData(98, "dropped too early")]
    [InlineData(100, null)]
    public void Waiter_AfterATakeover_IsWaitedForFromWhenItWasRead(int percent, string? rule)
    {
        Pass(Window * percent / 100);

        Assert.Equal(rule, Drop());
    }

    [Fact]
    public void Waiter_WhoseWaitIsOver_IsWaitedForNoLonger()
    {
        Queue(Call(wait: Window / 4));
        Pass(Window / 4);

        Assert.Null(Drop());
    }

    [Fact]
    public void Waiter_OfACallWithoutHeartbeatsThatWaits_IsNotDropped()
    {
        Deliver(Call());
        Pass(Window);

        Assert.Equal("dropped too early", Drop());
    }

    [Theory]
    [InlineData(true, 98, "dropped too early")]
    [InlineData(true, 100, null)]
    [InlineData(false, 60, null)]
    public void Heartbeat_CountsForACallThatWaits(bool waits, int percent, string? rule)
    {
        var delivery = Deliver(Call(beats: 1));
        if (!waits)
            Queue(delivery);
        Pass(Window / 2);
        AnswerBeat(Deliver(Beat()), waits);
        Pass(Window * percent / 100);

        Assert.Equal(rule, Drop());
    }

    /// <summary>The answer to a call whose slice is over is due: a heartbeat in that moment finds no call that waits.</summary>
    [Theory]
    [InlineData(45, 55, "dropped too early")]
    [InlineData(50, 50, null)]
    public void Heartbeat_CountsWhileTheSliceOfTheCallLasts(int atPercent, int thenPercent, string? rule)
    {
        var delivery = Deliver(Call());
        Pass(Window * atPercent / 100);
        AnswerBeat(Deliver(Beat()), waits: false);
        Queue(delivery);
        Pass(Window * thenPercent / 100);

        Assert.Equal(rule, Drop());
    }

    /// <summary>It counts from when it came, answered or not.</summary>
    [Theory]
    [InlineData(true, 98, "dropped too early")]
    [InlineData(true, 100, null)]
    [InlineData(false, 98, "dropped too early")]
    [InlineData(false, 100, null)]
    public void Heartbeat_CountsFromWhenItCame(bool isAnswered, int percent, string? rule)
    {
        Deliver(Call(beats: 1));
        Pass(Window / 2);
        var beat = Deliver(Beat());
        Pass(Window / 4);
        if (isAnswered)
            AnswerBeat(beat, waits: true);
        Pass((Window * percent / 100) - (Window / 4));

        Assert.Equal(rule, Drop());
    }

    /// <summary>A silo that stood still begins with a doubt, in which those that live are heard.</summary>
    [Theory]
    [InlineData(38, "dropped too early")]
    [InlineData(40, null)]
    public void Waiter_WhoseSiloStoodStill_IsWaitedForThroughADoubt(int percent, string? rule)
    {
        Queue(Call());
        Pass(Presence / 2);
        StandStill(3 * Window);
        Pass(Window * percent / 100);

        Assert.Equal(rule, Drop());
    }

    [Fact]
    public void Waiter_ThatWasSilentBeforeItsSiloStoodStill_MayBeDroppedAtOnce()
    {
        Queue(Call());
        Pass(Presence);
        StandStill(3 * Window);

        Assert.Null(Drop());
    }

    [Theory]
    [InlineData(100, null)]
    [InlineData(103, "granted to who is there")]
    public void Grant_ToOneOfWhomNothingWasHeardForLong_IsWrong(int percent, string? rule)
    {
        var delivery = Deliver(Call(beats: 1));
        Pass((Presence * percent / 100) + StoreTimeout);

        Assert.Equal(rule, Grant(delivery));
    }

    [Fact]
    public void Grant_ToOneThatAHeartbeatNamed_IsRight()
    {
        var delivery = Deliver(Call(beats: 1));
        Pass(Presence);
        Deliver(Beat());
        Pass(Presence);

        Assert.Null(Grant(delivery));
    }

    /// <summary>Two storage operations may take longer than one: the load, and the write that fences.</summary>
    [Fact]
    public void Grant_ToOneThatCalledWhileTheKeyWasLoaded_IsRight()
    {
        var delivery = Deliver(Call(beats: 1));
        Pass(2 * StoreTimeout);
        _activation.LoadedAt = _now;
        Pass(StoreTimeout);

        Assert.Null(Grant(delivery));
    }

    /// <summary>Its clock went on, and it may have decided before it looked at it again.</summary>
    [Fact]
    public void Grant_RightAfterTheSiloStoodStill_IsExcused()
    {
        var delivery = Deliver(Call(beats: 1));
        StandStill(3 * Window);

        Assert.Null(Grant(delivery));
    }

    [Fact]
    public void Grant_ToOneWithoutACall_IsWrong()
    {
        var delivery = Deliver(Call());
        Queue(delivery);

        Assert.Equal("granted to who is there", Grant(delivery));
    }

    [Fact]
    public void SaidToWait_WhileACallWaits_IsRight()
    {
        Deliver(Call(beats: 1));

        Assert.Null(SayItWaits());
    }

    [Fact]
    public void SaidToWait_WithoutACall_IsWrong()
    {
        Queue(Deliver(Call(beats: 1)));
        Pass(1);

        Assert.Equal("said to wait", SayItWaits());
    }

    [Fact]
    public void SaidToWait_InTheMomentInWhichTheCallIsAnswered_IsRight()
    {
        Queue(Deliver(Call(beats: 1)));

        Assert.Null(SayItWaits());
    }

    [Fact]
    public void SaidToWait_OfACallWhoseCallerHasGone_IsRight()
    {
        _judge.OnAbandoned(_activation, Deliver(Call(beats: 1)));
        Pass(1);

        Assert.Null(SayItWaits());
    }

    private CallFacts Call(long wait = -1, long beats = 0) => new()
    {
        Id = ++_calls,
        Key = Key,
        Lease = Waiter,
        Kind = CallKind.Acquire,
        SentAt = _now,
        Wait = wait,
        Slice = beats > 0 ? 6 * Window : Window / 2,
        Beats = beats,
    };

    private CallFacts Beat() => new() { Id = ++_calls, Key = Key, Lease = Waiter, Kind = CallKind.Beat, SentAt = _now };

    private Delivery Deliver(CallFacts call)
    {
        _judge.OnSent(call);
        return _judge.OnDelivered(_activation, call);
    }

    private void Queue(CallFacts call) => Queue(Deliver(call));

    private void Queue(Delivery delivery) =>
        _judge.OnAnswered(_activation, delivery, new AnswerFacts(AnswerKind.Queued, Ticket: 1, Place: 1, QueueLength: 1));

    private void StandStill(long time)
    {
        var from = _now;
        Pass(time);
        _judge.OnStoodStill(_activation, from);
    }

    private string? Drop()
    {
        _judge.OnEvent(_activation, Told(EventKind.WaitEnded, token: 0) with { End = EndKind.Dropped });
        return _judge.Violation?.Rule;
    }

    private string? Grant(Delivery delivery)
    {
        _judge.OnCommitted(_activation, Record(Waiter, token: 1));
        _judge.OnEvent(_activation, Told(EventKind.Granted, token: 1));
        _judge.OnAnswered(_activation, delivery, new AnswerFacts(AnswerKind.Granted, Token: 1, ValidFor: TimeSpan.TicksPerSecond));
        return _judge.Violation?.Rule;
    }

    private string? SayItWaits()
    {
        AnswerBeat(Deliver(Beat()), waits: true);
        return _judge.Violation?.Rule;
    }

    private void AnswerBeat(Delivery beat, bool waits) =>
        _judge.OnAnswered(_activation, beat, waits ? new AnswerFacts(AnswerKind.Waits, Ticket: 1, Place: 1, QueueLength: 1) : new AnswerFacts(AnswerKind.CallAgain));

    private EventFacts Told(EventKind kind, long token) =>
        new(kind, Waiter, token, Ticket: 1, EndKind.None, Wall: 0, Term: TimeSpan.TicksPerSecond) { DecidedAt = _now };

    private static CommitFacts Record(Guid holder, long token) =>
        JudgeTests.Recorded(epoch: 1, token, holder == Guid.Empty ? [] : [new ShareFacts(holder, token)]);

    private void Pass(long time) => _now += time;
}
