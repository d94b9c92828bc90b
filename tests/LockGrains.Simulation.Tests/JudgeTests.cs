using Xunit;

namespace LockGrains.Simulation;

/// <summary>Rules of the judge that no world with a mutant needs, told to it by hand.</summary>
public sealed class JudgeTests
{
    private const int Key = 0;

    private static readonly Guid Waiter = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
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

    // An activation that has read what there is, and written that nobody holds.
    private ActivationFacts Start()
    {
        Pass();
        _epoch++;
        var activation = new ActivationFacts { Id = ++_activations, Key = Key, Silo = 0 };
        _judge.OnActivation(activation);
        _judge.OnRead(activation, read: null);
        _judge.OnLoaded(activation, fenced: false, Guid.Empty, term: 0, ended: []);
        _judge.OnCommitted(activation, Record(Guid.Empty, token: 0));
        return activation;
    }

    private void TellPlace(ActivationFacts activation)
    {
        Pass();
        var delivery = _judge.OnDelivered(activation, Acquire(Waiter));
        _judge.OnAnswered(activation, delivery, new AnswerFacts(AnswerKind.Queued, Ticket: 1, Place: 1, QueueLength: 1));
    }

    private void GrantOther(ActivationFacts activation)
    {
        Pass();
        var delivery = _judge.OnDelivered(activation, Acquire(Other));
        Pass();
        _judge.OnCommitted(activation, Record(Other, token: 1));
        _judge.OnEvent(activation, new EventFacts(EventKind.Granted, Other, Token: 1, Ticket: 0, EndKind.None, Wall: 0, Term: Seconds(10)) { DecidedAt = _now });
        _judge.OnAnswered(activation, delivery, new AnswerFacts(AnswerKind.Granted, Token: 1, ValidFor: Seconds(10)));
    }

    private CallFacts Acquire(Guid lease) =>
        new() { Id = ++_calls, Key = Key, Lease = lease, Kind = CallKind.Acquire, SentAt = _now, Wait = -1, Slice = Seconds(60) };

    private CommitFacts Record(Guid holder, long token) =>
        new(_epoch, token, token == 0 ? 0 : 1, holder, token, GrantedAtWall: 0, Seconds(10), FirstTicket: 1, NextTicket: 2, Ended: [], Chunks: 0, Bytes: 100);

    private void Pass() => _now += TimeSpan.TicksPerMillisecond;

    private static long Seconds(int seconds) => seconds * TimeSpan.TicksPerSecond;

    private static Promises Promised() => new()
    {
        FirstLease = Seconds(10),
        Slice = Seconds(60),
        FarSlice = Seconds(60),
        Grace = Seconds(5),
        ReattachWindow = Seconds(5),
        MaxClockSkew = Seconds(1),
        StoreTimeout = Seconds(5),
        RestartsMax = 3,
        QueueLimit = 100,
        ValidationAge = Seconds(1),
        ReleaseWriteDelay = 0,
    };
}
