using Xunit;

namespace LockGrains.Simulation;

/// <summary>What happened is told to the judge by hand: rules that no mutant needs, so that nothing else would show that they are there.</summary>
public sealed class JudgeTests
{
    private const int Key = 0;

    private static readonly Guid Waiter = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
    private static readonly Guid Greedy = new(3, 0, 0, [0, 0, 0, 0, 0, 0, 0, 3]);
    private static readonly Guid Other = new(2, 0, 0, [0, 0, 0, 0, 0, 0, 0, 2]);

    private readonly Judge _judge;
    private long _now;
    private long _epoch;
    private int _activations;
    private int _calls;

    public JudgeTests()
    {
        _judge = new Judge(Promised(), () => _now, new Coverage());
        foreach (var lease in (Guid[])[Waiter, Other])
            _judge.OnAttempt(new AttemptFacts { Lease = lease, Key = Key, Duration = Seconds(30), Renews = true, FirstSentAt = 0 });
    }

    [Fact]
    public void Place_ThatIsPassedOver_IsOvertaken()
    {
        var activation = Start();
        TellPlace(activation);

        GrantOther(activation);

        Assert.Equal("no overtaking", _judge.Violation?.Rule);
    }

    /// <summary>A limit below what it asks for ends its wait, also where nobody lived to tell it.</summary>
    [Theory]
    [InlineData(1, null)]
    [InlineData(2, "no overtaking")]
    public void Place_OfOneThatANewLimitShutsOut_IsOver(int limit, string? rule)
    {
        _judge.OnAttempt(new AttemptFacts { Lease = Greedy, Key = Key, Duration = Seconds(30), Renews = true, FirstSentAt = 0, Mode = HoldMode.Shared, Permits = 2 });
        var activation = Start();
        TellPlace(activation, Greedy);
        _judge.OnDelivered(activation, new CallFacts { Id = ++_calls, Key = Key, Lease = Guid.Empty, Kind = CallKind.SetLimit, SentAt = _now, Value = limit });
        var data = new KeyDataFacts(limit, 1, 0, 0, default, 0);
        _judge.OnCommitted(activation, Record(Guid.Empty, token: 0) with { Data = data });

        Grant(activation, Other, token: 1, ticket: 0, data);

        Assert.Equal(rule, _judge.Violation?.Rule);
    }

    [Fact]
    public void Place_ThatWentWithLostRecords_MayBePassedOver()
    {
        TellPlace(Start());
        _judge.OnLost(Key, LossKind.Record);

        GrantOther(Start());

        Assert.Null(_judge.Violation);
    }

    [Fact]
    public void Place_PromisedAnewAfterALoss_IsOvertakenLikeAnyOther()
    {
        TellPlace(Start());
        _judge.OnLost(Key, LossKind.Record);
        var activation = Start();
        TellPlace(activation);

        GrantOther(activation);

        Assert.Equal("no overtaking", _judge.Violation?.Rule);
    }

    [Fact]
    public void Place_ToldAfterALossByOneThatStartedBeforeIt_IsNone()
    {
        var before = Start();
        TellPlace(before);
        _judge.OnLost(Key, LossKind.Record);
        _judge.OnCommitted(before, Record(Guid.Empty, token: 0)); // A late write, so that it is the one that has the key.
        TellPlace(before);

        GrantOther(Start());

        Assert.Null(_judge.Violation);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Place_InAChunkThatIsWrittenAgain_IsLostOnlyByOneFromBeforeALoss(bool isFromBefore)
    {
        var before = Start();
        _judge.OnLost(Key, LossKind.Seconds);
        var since = Start();
        TellPlace(since);
        _judge.OnChunkWritten(isFromBefore ? before : since);
        TellPlace(since);

        GrantOther(since);

        Assert.Equal(isFromBefore ? null : "no overtaking", _judge.Violation?.Rule);
    }

    [Fact]
    public void Place_ToldByOneThatStartedFromMixedChunks_IsKept()
    {
        var before = Start();
        _judge.OnLost(Key, LossKind.Seconds);
        _judge.OnChunkWritten(before);
        var since = Start();
        TellPlace(since);

        GrantOther(since);

        Assert.Equal("no overtaking", _judge.Violation?.Rule);
    }

    [Fact]
    public void TicketOrder_OverALostChunk_GoesOn()
    {
        var activation = Start();
        Grant(activation, Waiter, token: 1, ticket: 2);
        _judge.OnLost(Key, LossKind.Places);

        Grant(Start(token: 1), Other, token: 2, ticket: 1);

        Assert.Equal("ticket order", _judge.Violation?.Rule);
    }

    // An activation that has read what there is, and written that nobody holds.
    private ActivationFacts Start(long token = 0)
    {
        Pass();
        _epoch++;
        var activation = new ActivationFacts { Id = ++_activations, Key = Key, Silo = 0 };
        _judge.OnActivation(activation);
        _judge.OnRead(activation, read: null);
        _judge.OnLoaded(activation, fenced: false, holders: [], ended: []);
        _judge.OnCommitted(activation, Record(Guid.Empty, token));
        return activation;
    }

    private void TellPlace(ActivationFacts activation) => TellPlace(activation, Waiter);

    private void TellPlace(ActivationFacts activation, Guid lease)
    {
        Pass();
        var delivery = _judge.OnDelivered(activation, Acquire(lease));
        _judge.OnAnswered(activation, delivery, new AnswerFacts(AnswerKind.Queued, Ticket: 1, Place: 1, QueueLength: 1));
    }

    private void GrantOther(ActivationFacts activation) => Grant(activation, Other, token: 1, ticket: 0);

    private void Grant(ActivationFacts activation, Guid lease, long token, long ticket, KeyDataFacts data = default)
    {
        Pass();
        var delivery = _judge.OnDelivered(activation, Acquire(lease));
        Pass();
        _judge.OnCommitted(activation, Record(lease, token) with { Data = data });
        _judge.OnEvent(activation, new EventFacts(EventKind.Granted, lease, token, ticket, EndKind.None, Wall: 0, Term: Seconds(10)) { DecidedAt = _now });
        _judge.OnAnswered(activation, delivery, new AnswerFacts(AnswerKind.Granted, token, ValidFor: Seconds(10)));
    }

    private CallFacts Acquire(Guid lease) =>
        new() { Id = ++_calls, Key = Key, Lease = lease, Kind = CallKind.Acquire, SentAt = _now, Wait = -1, Slice = Seconds(5) };

    private CommitFacts Record(Guid holder, long token) => Recorded(_epoch, token, holder == Guid.Empty ? [] : [new ShareFacts(holder, token)]);

    private void Pass() => _now += TimeSpan.TicksPerMillisecond;

    private static long Seconds(int seconds) => seconds * TimeSpan.TicksPerSecond;

    internal static CommitFacts Recorded(long epoch, long token, IEnumerable<ShareFacts> shares) => new(
        epoch,
        token,
        LastTokenAtWall: 0,
        [.. shares.Select(share => new HolderFacts(share, Change: 0, GrantedAtWall: 0, Seconds(10)))],
        FirstTicket: 1,
        NextTicket: 2,
        CommittedTail: 2,
        Ended: [],
        Chunks: 0,
        Bytes: 100);

    internal static Promises Promised() => new()
    {
        FirstLease = Seconds(10),
        Window = Seconds(10),
        MaxClockSkew = Seconds(1),
        StoreTimeout = Seconds(5),
        RestartsMax = 3,
        QueueLimit = 100,
        ValidationAge = Seconds(1),
        ReleaseWriteDelay = 0,
    };
}
