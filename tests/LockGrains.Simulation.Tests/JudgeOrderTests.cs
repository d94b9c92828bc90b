using Xunit;

namespace LockGrains.Simulation;

/// <summary>Whether an order of the holds explains what clients saw, where several hold, and holds change.</summary>
public sealed class JudgeOrderTests
{
    private Evidence _evidence;
    private HistoryChecker _checker;
    private int _attempts;

    public JudgeOrderTests() => (_evidence, _checker) = With(JudgeTests.Promised());

    [Theory]
    [InlineData(nameof(HoldMode.Shared), null)]
    [InlineData(nameof(HoldMode.Exclusive), "linearizable")]
    public void Holds_SeenAtOneTime_MustFitTogether(string mode, string? rule)
    {
        var first = Make(HoldMode.Shared, sentAt: 0);
        See(first, AnswerKind.Granted, token: 1, askedAt: 0, at: 10);
        var second = Make(Enum.Parse<HoldMode>(mode), sentAt: 20);
        See(second, AnswerKind.Granted, token: 2, askedAt: 20, at: 30);
        See(first, AnswerKind.Current, token: 1, askedAt: 40, at: 50);

        Assert.Equal(rule, Check());
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(1, "linearizable")]
    public void Permits_SeenAtOneTime_MustBeWithinTheLimit(int limit, string? rule)
    {
        var first = Make(HoldMode.Shared, sentAt: 0, limit);
        See(first, AnswerKind.Granted, token: 1, askedAt: 0, at: 10, number: 0);
        var second = Make(HoldMode.Shared, sentAt: 20, limit);
        See(second, AnswerKind.Granted, token: 2, askedAt: 20, at: 30, number: 1);
        See(first, AnswerKind.Current, token: 1, askedAt: 40, at: 50, number: 0);

        Assert.Equal(rule, Check());
    }

    [Theory]
    [InlineData(15, null)]
    [InlineData(45, "linearizable")]
    public void Downgrade_LetsOthersIn_FromWhenItWasAskedFor(long askedAt, string? rule)
    {
        var writer = Make(HoldMode.Exclusive, sentAt: 0);
        See(writer, AnswerKind.Granted, token: 1, askedAt: 0, at: 10);
        Change(writer, CallKind.Downgrade, AnswerKind.Changed, token: 1, HoldMode.Shared, askedAt, at: askedAt + 5);
        var reader = Make(HoldMode.Shared, sentAt: 20);
        See(reader, AnswerKind.Granted, token: 2, askedAt: 20, at: 30);
        See(writer, AnswerKind.Current, token: 1, askedAt: 60, at: 70, HoldMode.Shared, change: 1);

        Assert.Equal(rule, Check());
    }

    /// <summary>A release may be told before it is written. A downgrade may not: its hold is renewed on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Downgrade_ToldAndLost_IsSeen(long releaseWriteDelay)
    {
        (_evidence, _checker) = With(JudgeTests.Promised() with { ReleaseWriteDelay = releaseWriteDelay });
        var writer = Make(HoldMode.Exclusive, sentAt: 0);
        See(writer, AnswerKind.Granted, token: 1, askedAt: 0, at: 10);
        Change(writer, CallKind.Downgrade, AnswerKind.Changed, token: 1, HoldMode.Shared, askedAt: 20, at: 25);
        See(writer, AnswerKind.Current, token: 1, askedAt: 40, at: 50);

        Assert.Equal("linearizable", Check());
    }

    [Theory]
    [InlineData(25, null)]
    [InlineData(45, "linearizable")]
    public void Upgrade_BeginsWhenNobodyElseHolds(long readerAskedAt, string? rule)
    {
        var writer = Make(HoldMode.Upgradeable, sentAt: 0);
        See(writer, AnswerKind.Granted, token: 1, askedAt: 0, at: 10);
        var reader = Make(HoldMode.Shared, sentAt: 15);
        See(reader, AnswerKind.Granted, token: 2, askedAt: 15, at: 20);
        Change(writer, CallKind.Upgrade, AnswerKind.Granted, token: 3, HoldMode.Exclusive, askedAt: 30, at: 40);
        See(reader, AnswerKind.Current, token: 2, readerAskedAt, at: 50);

        Assert.Equal(rule, Check());
    }

    [Fact]
    public void Upgrade_WithATokenFromBeforeAnotherGrant_HasNoPlace()
    {
        var writer = Make(HoldMode.Upgradeable, sentAt: 0);
        See(writer, AnswerKind.Granted, token: 1, askedAt: 0, at: 10);
        Change(writer, CallKind.Upgrade, AnswerKind.Granted, token: 2, HoldMode.Exclusive, askedAt: 30, at: 40);
        See(writer, AnswerKind.Current, token: 2, askedAt: 50, at: 60, HoldMode.Exclusive, change: 1);
        var reader = Make(HoldMode.Shared, sentAt: 20);
        See(reader, AnswerKind.Granted, token: 3, askedAt: 20, at: 25);

        Assert.Equal("linearizable", Check());
    }

    private AttemptFacts Make(HoldMode mode, long sentAt, int limit = 0)
    {
        var attempt = new AttemptFacts
        {
            Lease = new Guid(++_attempts, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]),
            Key = 0,
            Duration = 1000,
            Renews = true,
            FirstSentAt = sentAt,
            Mode = mode,
            Limit = limit,
        };
        _evidence.Add(attempt);
        return attempt;
    }

    private void See(AttemptFacts attempt, AnswerKind kind, long token, long askedAt, long at, HoldMode? mode = null, int change = 0, int? number = null)
    {
        var call = new CallFacts { Id = 0, Key = 0, Lease = attempt.Lease, Kind = CallKind.Verify, SentAt = askedAt };
        _checker.OnReceived(attempt, call, Answer(kind, token, mode ?? attempt.Mode, change, number), isAwaited: true, at);
    }

    private void Change(AttemptFacts attempt, CallKind call, AnswerKind kind, long token, HoldMode mode, long askedAt, long at)
    {
        var facts = new CallFacts { Id = 0, Key = 0, Lease = attempt.Lease, Kind = call, SentAt = askedAt, Change = 1 };
        attempt.OnChangeSent(facts);
        _checker.OnReceived(attempt, facts, Answer(kind, token, mode, change: 1, number: null), isAwaited: true, at);
    }

    private static AnswerFacts Answer(AnswerKind kind, long token, HoldMode mode, int change, int? number) =>
        new(kind, token) { Mode = mode, Change = change, Numbers = number is { } one ? [one] : [] };

    private static (Evidence, HistoryChecker) With(Promises promises)
    {
        var evidence = new Evidence(promises, () => 0);
        return (evidence, new HistoryChecker(evidence));
    }

    private string? Check()
    {
        _checker.CheckAll();
        return _evidence.Violation?.Rule;
    }
}
