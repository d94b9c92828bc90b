using Xunit;

namespace LockGrains.Simulation;

/// <summary>When a successor may be granted the lock, by what the client of the hold before was told.</summary>
public sealed class JudgeExclusionTests
{
    private const long Duration = 30;
    private const long Delay = 40;

    private readonly Evidence _evidence;
    private readonly ExclusionChecker _checker;
    private long _now;

    public JudgeExclusionTests()
    {
        _evidence = new Evidence(JudgeTests.Promised(), () => _now);
        _checker = new ExclusionChecker(_evidence);
    }

    [Theory]
    [InlineData(115, "lease kept")]
    [InlineData(135, "delay kept")]
    [InlineData(175, null)]
    public void Successor_BeforeThePromiseAndTheDelayAreOver_IsSeen(long grantedAt, string? rule)
    {
        var attempt = Make();
        _checker.OnPromise(attempt, sentAt: 100, validFor: Duration);
        _now = grantedAt;
        _checker.OnSucceeded(attempt);

        Assert.Equal(rule, _evidence.Violation?.Rule);
    }

    /// <summary>A copy of an acquire may be told that the lock is its client's, at the end of the lock-delay of a lease that is over.</summary>
    [Fact]
    public void Promise_OfNoTime_BeginsNoLockDelay()
    {
        var attempt = Make();
        _checker.OnPromise(attempt, sentAt: 100, validFor: Duration);
        _checker.OnPromise(attempt, sentAt: 165, validFor: 0);
        _now = 175;
        _checker.OnSucceeded(attempt);

        Assert.Null(_evidence.Violation);
    }

    private static AttemptFacts Make() =>
        new() { Lease = Guid.NewGuid(), Key = 0, Duration = Duration, Delay = Delay, Renews = true, FirstSentAt = 0 };
}
