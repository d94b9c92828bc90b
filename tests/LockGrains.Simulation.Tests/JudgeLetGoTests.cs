using Xunit;

namespace LockGrains.Simulation;

/// <summary>When a client may let go of a request: what was said last counts, and not what the network brought last.</summary>
public sealed class JudgeLetGoTests
{
    private static readonly Guid Lease = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);

    private readonly Evidence _evidence;
    private readonly LetGoChecker _checker;
    private readonly AttemptFacts _attempt = new() { Lease = Lease, Key = 0, Duration = TimeSpan.TicksPerSecond, Renews = true, FirstSentAt = 0 };
    private long _now;
    private int _calls;

    public JudgeLetGoTests()
    {
        _evidence = new Evidence(JudgeTests.Promised(), () => _now);
        _checker = new LetGoChecker(_evidence);
    }

    [Fact]
    public void LetGo_AfterTheEndWasConfirmed_IsRight()
    {
        Send(CallKind.Acquire, AnswerKind.Granted);
        Send(CallKind.Release, AnswerKind.Ended);

        Assert.Null(LetGo());
    }

    [Fact]
    public void LetGo_ReplyToAnEarlierRenewalComesLater_IsRight()
    {
        Send(CallKind.Acquire, AnswerKind.Granted);
        var renewal = Begin(CallKind.Renew);
        Send(CallKind.Release, AnswerKind.Ended);
        Receive(renewal, AnswerKind.Renewed);

        Assert.Null(LetGo());
    }

    [Fact]
    public void LetGo_AskedForAgainAndQueued_IsNot()
    {
        Send(CallKind.Acquire, AnswerKind.Granted);
        Send(CallKind.Release, AnswerKind.Ended);
        Send(CallKind.Acquire, AnswerKind.Queued);

        Assert.Equal("nothing is left behind", LetGo());
    }

    [Fact]
    public void LetGo_NobodySaidAnything_IsNot()
    {
        Begin(CallKind.Acquire);

        Assert.Equal("nothing is left behind", LetGo());
    }

    private void Send(CallKind kind, AnswerKind answer) => Receive(Begin(kind), answer);

    private CallFacts Begin(CallKind kind)
    {
        _now += TimeSpan.TicksPerMillisecond;
        var call = new CallFacts { Id = ++_calls, Key = 0, Lease = Lease, Kind = kind, SentAt = _now };
        _attempt.OnSent(call);
        _checker.OnSent(_attempt, call);
        return call;
    }

    private void Receive(CallFacts call, AnswerKind answer)
    {
        _now += TimeSpan.TicksPerMillisecond;
        _checker.OnReceived(_attempt, call, new AnswerFacts(answer), isAwaited: true);
    }

    private string? LetGo()
    {
        _checker.OnLetGo(_attempt);
        return _evidence.Violation?.Rule;
    }
}
