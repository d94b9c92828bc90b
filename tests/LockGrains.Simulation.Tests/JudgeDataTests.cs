using Xunit;

namespace LockGrains.Simulation;

/// <summary>A key's limit and value, as the judge sees them.</summary>
public sealed class JudgeDataTests
{
    private const int Key = 0;

    private static readonly Guid One = new(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
    private static readonly Guid Two = new(2, 0, 0, [0, 0, 0, 0, 0, 0, 0, 2]);

    private readonly Judge _judge;
    private readonly ActivationFacts _activation = new() { Id = 1, Key = Key, Silo = 0 };
    private long _now;
    private int _calls;

    public JudgeDataTests()
    {
        _judge = new Judge(JudgeTests.Promised() with { ForgetAfter = 1, Epoch = 1000 }, () => _now, new Coverage());
        _judge.OnActivation(_activation);
        _judge.OnRead(_activation, read: null);
        _judge.OnLoaded(_activation, fenced: false, holders: [], ended: []);
        foreach (var lease in (ReadOnlySpan<Guid>)[One, Two])
            _judge.OnAttempt(new AttemptFacts { Lease = lease, Key = Key, Duration = 1, Renews = true, FirstSentAt = 0, Mode = HoldMode.Shared });
    }

    private string? Rule => _judge.Violation?.Rule;

    [Theory]
    [InlineData(nameof(HoldMode.Exclusive), 0, null)]
    [InlineData(nameof(HoldMode.Shared), 0, "value by the holder")]
    [InlineData(nameof(HoldMode.Exclusive), 1, "late copy of a value")]
    public void Value_IsSetByTheExclusiveHolderInPlaceOfTheVersionThatItNamed(string mode, long ifVersion, string? rule)
    {
        Commit(default, Hold(One, 1, Enum.Parse<HoldMode>(mode)));
        Deliver(CallKind.SetValue, One, value: 7, ifVersion);

        Commit(Value(7, version: 1, One), Hold(One, 1, Enum.Parse<HoldMode>(mode)));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(1, 8, "value has a version")]
    [InlineData(0, 7, "value has a version")]
    [InlineData(1, 7, null)]
    public void Value_WithoutItsNextVersion_IsSeen(long version, int value, string? rule)
    {
        CommitValue();

        Commit(Value(value, version, One), Hold(One, 1));

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void Value_OfAHoldThatIsOver_IsSeen()
    {
        CommitValue();

        Commit(Value(7, version: 1, One));

        Assert.Equal("value ends with its hold", Rule);
    }

    [Theory]
    [InlineData(1_000_000, "value is kept")]
    [InlineData(0, null)]
    public void Value_ThatIsKept_StaysUntilItsTime(long keptUntil, string? rule)
    {
        CommitValue(keptUntil);

        Commit(new KeyDataFacts(0, 0, 0, 2, default, 0));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(7, 1, null)]
    [InlineData(0, 0, "told as written")]
    [InlineData(8, 2, "told as written")]
    public void Value_IsToldAsItWasSinceAShortWhileBefore(int value, long version, string? rule)
    {
        CommitValue();
        _now += TimeSpan.TicksPerMinute;
        Commit(Value(7, version: 1, One), Hold(One, 1));

        Answer(Deliver(CallKind.ReadValue, Two), AnswerKind.ValueIs, value, version);

        Assert.Equal(rule, Rule);
    }

    [Fact]
    public void Value_ToldAsSetAndNotWritten_IsSeen()
    {
        Commit(default, Hold(One, 1, HoldMode.Exclusive));

        Answer(Deliver(CallKind.SetValue, One, value: 7), AnswerKind.ValueIs, 7, version: 1);

        Assert.Equal("write before answer", Rule);
    }

    [Theory]
    [InlineData(7, 0, "conflict with a reason")]
    [InlineData(8, 1, "conflict with a reason")]
    [InlineData(8, 0, null)]
    public void Conflict_WithoutAnotherVersion_IsSeen(int value, long ifVersion, string? rule)
    {
        CommitValue();
        _now++;

        Answer(Deliver(CallKind.SetValue, One, value, ifVersion), AnswerKind.ValueIs, 7, version: 1, isConflict: true);

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(2, 0, 1, null)]
    [InlineData(2, 1, 1, "late copy of a limit")]
    [InlineData(2, 0, 0, "limit has a version")]
    public void Limit_IsSetInPlaceOfTheVersionThatWasNamed(int limit, long ifVersion, long version, string? rule)
    {
        Deliver(CallKind.SetLimit, Guid.Empty, limit, ifVersion);

        Commit(new KeyDataFacts(limit, version, 0, 0, default, 0));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(1, "limit of the key")]
    [InlineData(2, null)]
    public void Grant_BeyondTheLimitOfTheKey_IsSeen(int limit, string? rule)
    {
        Deliver(CallKind.SetLimit, Guid.Empty, limit);
        var data = new KeyDataFacts(limit, 1, 0, 0, default, 0);
        Commit(data, Hold(One, 1));

        Commit(data, Hold(One, 1), Hold(Two, 2));

        Assert.Equal(rule, Rule);
    }

    [Theory]
    [InlineData(3, 0, "forgotten in use")]
    [InlineData(0, 1_000_000, "forgotten in use")]
    [InlineData(0, 0, null)]
    public void Key_WithALimitOrAValueThatIsKept_IsNotForgotten(int limit, long keptUntil, string? rule)
    {
        Deliver(CallKind.SetLimit, Guid.Empty, limit);
        Deliver(CallKind.SetValue, One, value: 7);
        Commit(default, Hold(One, 1, HoldMode.Exclusive));
        Commit(new KeyDataFacts(limit, 1, 7, 1, One, keptUntil));

        _judge.OnForgotten(_activation);

        Assert.Equal(rule, Rule);
    }

    private void CommitValue(long keptUntil = long.MaxValue)
    {
        Commit(default, Hold(One, 1, HoldMode.Exclusive));
        Deliver(CallKind.SetValue, One, value: 7);
        Commit(Value(7, version: 1, One, keptUntil), Hold(One, 1, HoldMode.Exclusive));
    }

    private static KeyDataFacts Value(int value, long version, Guid setBy, long keptUntil = long.MaxValue) => new(0, 0, value, version, setBy, keptUntil);

    private static HolderFacts Hold(Guid lease, long token, HoldMode mode = HoldMode.Shared) => new(new ShareFacts(lease, token, mode), 0, GrantedAtWall: 0, Term: 1);

    private void Commit(KeyDataFacts data, params HolderFacts[] holders) => _judge.OnCommitted(
        _activation,
        new CommitFacts(Epoch: 1, LastToken: 10, LastTokenAtWall: 0, holders, FirstTicket: 1, NextTicket: 1, CommittedTail: 1, Ended: [], Chunks: 0, Bytes: 100) { Data = data });

    private Delivery Deliver(CallKind kind, Guid lease, int value = 0, long ifVersion = 0) => _judge.OnDelivered(
        _activation, new CallFacts { Id = ++_calls, Key = Key, Lease = lease, Kind = kind, SentAt = _now, Value = value, IfVersion = ifVersion });

    private void Answer(Delivery delivery, AnswerKind kind, int value, long version, bool isConflict = false) =>
        _judge.OnAnswered(_activation, delivery, new AnswerFacts(kind) { Value = value, Version = version, IsConflict = isConflict });
}
