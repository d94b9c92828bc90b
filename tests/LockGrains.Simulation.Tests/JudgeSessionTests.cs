using Xunit;

namespace LockGrains.Simulation;

/// <summary>Sessions, as the judge sees them.</summary>
public sealed class JudgeSessionTests
{
    private const int Key = 0;
    private const int SessionKey = 1;
    private const long Token = 7;

    private static readonly Guid SessionId = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
    private static readonly Guid Under = new(2, 0, 0, [0, 0, 0, 0, 0, 0, 0, 2]);
    private static readonly Guid Brief = new(4, 0, 0, [0, 0, 0, 0, 0, 0, 0, 4]);
    private static readonly Guid Next = new(3, 0, 0, [0, 0, 0, 0, 0, 0, 0, 3]);

    private readonly Judge _judge;
    private readonly ActivationFacts _lock = new() { Id = 1, Key = Key, Silo = 0 };
    private readonly ActivationFacts _session = new() { Id = 2, Key = SessionKey, Silo = 1 };
    private long _now;

    public JudgeSessionTests()
    {
        _judge = new Judge(JudgeTests.Promised(), () => _now, new Coverage());
        foreach (var activation in (ReadOnlySpan<ActivationFacts>)[_lock, _session])
        {
            _judge.OnActivation(activation);
            _judge.OnRead(activation, read: null);
            _judge.OnLoaded(activation, fenced: false, holders: [], ended: []);
        }

        Announce(new AttemptFacts { Lease = SessionId, Key = SessionKey, Duration = Seconds(10), Renews = true, FirstSentAt = 0, IsSession = true });
        Announce(new AttemptFacts
        {
            Lease = Under,
            Key = Key,
            Duration = Seconds(600),
            Renews = true,
            FirstSentAt = 0,
            Session = _judge.Find(SessionId),
            SessionToken = Token,
        });
        Announce(new AttemptFacts { Lease = Next, Key = Key, Duration = Seconds(10), Renews = true, FirstSentAt = 0 });
        Commit(_session, Hold(SessionId, Token));
        Commit(_lock, Hold(Under, 1));
    }

    private string? Rule => _judge.Violation?.Rule;

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "session end stored")]
    public void HandOver_BeforeTheLeaseIsOver_NeedsTheStoredEndOfTheSession(bool isEndStored, string? rule)
    {
        Promise(Under, token: 1, Seconds(600));
        if (isEndStored)
            Commit(_session);
        _now += Seconds(1);

        Commit(_lock, Hold(Next, 2));

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void HandOver_BeforeTheEndOfTheSessionIsStored_IsSeenWhenThePromiseComesLater()
    {
        _now = 1;
        Commit(_lock, Hold(Next, 2));
        _now = 2;
        Commit(_session);

        Promise(Under, token: 1, Seconds(600));

        Assert.Equal("session end stored", Rule);
    }

    [Fact]
    public void HandOver_AfterTheSessionWasRevoked_StillNeedsItsStoredEnd()
    {
        Promise(Under, token: 1, Seconds(600));
        _judge.OnDelivered(_session, new CallFacts { Id = 2, Key = SessionKey, Lease = Guid.Empty, Kind = CallKind.Revoke, SentAt = _now });

        Commit(_lock, Hold(Next, 2));

        Assert.Equal("session end stored", Rule);
    }

    [Fact]
    public void HandOver_AfterTheStorageLostTheSession_IsExcused()
    {
        Promise(Under, token: 1, Seconds(600));
        _judge.OnLost(SessionKey, LossKind.Record);

        Commit(_lock, Hold(Next, 2));

        Assert.Null(Rule);
    }

    [Theory]
    [InlineData(8, "session end stored")]
    [InlineData(9, null)]
    public void HandOver_UnderASessionThatOneWriteGrantedAndEnded_NeedsARecordThatKnowsItsToken(long stored, string? rule)
    {
        Announce(new AttemptFacts { Lease = Brief, Key = Key, Duration = Seconds(600), Renews = true, FirstSentAt = 0, Session = _judge.Find(SessionId), SessionToken = 9 });
        CommitFree(_session, stored);
        Commit(_lock, Hold(Brief, 2));
        Promise(Brief, token: 2, Seconds(600));
        _now += Seconds(1);

        Commit(_lock, Hold(Next, 3));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "session end stored")]
    public void End_ByTheSession_IsToldOnlyWhenItIsStored(bool isEndStored, string? rule)
    {
        if (isEndStored)
            Commit(_session);

        Tell(EventKind.LeaseEnded, Under, EndKind.SessionEnded);

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void Wait_EndedByASessionThatIsNotOver_IsSeen()
    {
        Tell(EventKind.WaitEnded, Under, EndKind.SessionEnded);

        Assert.Equal("session end stored", Rule);
    }

    [Theory]
    [InlineData(10, null)]
    [InlineData(11, "lost with its session")]
    public void Belief_LongerThanInTheSession_IsSeen(int seconds, string? rule)
    {
        Believe(SessionId, Token, Seconds(10));

        Believe(Under, token: 1, Seconds(seconds));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "lost with its session")]
    public void EndOfBelief_InTheSession_IsThatInAllThatIsHeldUnderIt(bool isLostFirst, string? rule)
    {
        Believe(SessionId, Token, Seconds(10));
        Believe(Under, token: 1, Seconds(10));
        if (isLostFirst)
            _judge.OnEndOfBelief(Under);

        _judge.OnEndOfBelief(SessionId);

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(40, true, null)]
    [InlineData(80, true, "over with its session")]
    [InlineData(80, false, null)]
    public void Lock_OfADeadSession_IsNotHeldOnWhileSomebodyWaits(int seconds, bool isWaitedFor, string? rule)
    {
        _judge.OnCalm();
        _judge.OnForsaken(SessionId);
        if (isWaitedFor)
            _lock.Queued[Next] = (1, _now);
        _now += Seconds(seconds);

        Tell(EventKind.LeaseEnded, Under, EndKind.Expired);

        Assert.Equal(rule, Rule);
    }

    private static long Seconds(int seconds) => seconds * TimeSpan.TicksPerSecond;

    private static HolderFacts Hold(Guid lease, long token, HoldMode mode = HoldMode.Exclusive) => new(new ShareFacts(lease, token, mode), 0, 0, Seconds(600));

    private void Announce(AttemptFacts attempt) => _judge.OnAttempt(attempt);

    private void Commit(ActivationFacts activation, params HolderFacts[] holders) => Commit(activation, Token, holders);

    private void CommitFree(ActivationFacts activation, long lastToken) => Commit(activation, lastToken, []);

    private void Commit(ActivationFacts activation, long lastToken, HolderFacts[] holders) =>
        _judge.OnCommitted(activation, new CommitFacts(Epoch: 1, LastToken: lastToken, LastTokenAtWall: 0, holders, FirstTicket: 1, NextTicket: 1, CommittedTail: 1, Ended: [], Chunks: 0, Bytes: 100));

    private void Promise(Guid lease, long token, long validFor)
    {
        var call = new CallFacts { Id = 1, Key = Key, Lease = lease, Kind = CallKind.Renew, SentAt = _now };
        _judge.OnReceived(call, new AnswerFacts(AnswerKind.Renewed, token, validFor), isAwaited: true);
    }

    private void Believe(Guid lease, long token, long until) => _judge.OnBelief(new ShareFacts(lease, token), _now + until);

    private void Tell(EventKind kind, Guid lease, EndKind end) => _judge.OnEvent(_lock, new EventFacts(kind, lease, 1, 0, end, 0, 0));
}
