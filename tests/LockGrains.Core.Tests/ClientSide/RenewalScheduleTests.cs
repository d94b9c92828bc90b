namespace LockGrains.Core.Tests;

/// <summary>The promise of the schedule: a holder stops before the silo can hand the lock on, and never starts again.</summary>
public sealed class RenewalScheduleTests
{
    private static readonly RenewalPolicy Policy = new();
    private static readonly TimeSpan Lease = Seconds(30);

    // 30 s · 0.99 − 1 % of 30 s
    private static readonly TimeSpan Guaranteed = Seconds(29.4);

    [Fact]
    public void Start_ReplyAtOnce_HasThreeThirds()
    {
        var schedule = RenewalSchedule.Start(Policy, Seconds(100), Lease, Seconds(100), jitter: 0);

        Assert.Equal(Seconds(100) + Guaranteed, schedule.Deadline);
        Assert.Equal(Seconds(100) + Guaranteed / 3, schedule.NextRenewalAt);
        Assert.Equal(Seconds(100) + Guaranteed / 3 * 2, schedule.AtRiskAt);
        Assert.Equal(Guaranteed, schedule.GetRemaining(Seconds(100)));
        Assert.Equal(0, schedule.Failures);
    }

    [Fact]
    public void Start_ReplyWasSlow_CountsTheDeadlineFromTheSending()
    {
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(9.4), jitter: 0);

        Assert.Equal(Guaranteed, schedule.Deadline);
        Assert.Equal(Seconds(20), schedule.GetRemaining(Seconds(9.4)));
        Assert.Equal(Seconds(9.4) + Seconds(20) / 3, schedule.NextRenewalAt);
    }

    [Fact]
    public void Start_WaitedInTheQueueForMostOfTheValidity_IsNotAtRiskAtOnce()
    {
        // Sent, granted after 9 s in the queue with a first lease of 5 s: valid for 14 s from the sending.
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Seconds(14), Seconds(9), jitter: 0);

        Assert.InRange(schedule.NextRenewalAt, Seconds(10), Seconds(11));
        Assert.InRange(schedule.AtRiskAt, Seconds(11.5), Seconds(12.5));
    }

    [Theory]
    [InlineData(5, 9.8, 24.4)] // less than a third: renewed as ever, and later at risk
    [InlineData(22, 3.7, 7.4)] // renewed twice before the risk
    [InlineData(29.4, 0, 0)] // all of it: at risk from the start
    [InlineData(40, 0, 0)]
    public void Start_HolderNeedsTimeToStop_IsAtRiskWithThatMuchLeft(double timeToStop, double renewal, double atRisk)
    {
        var schedule = RenewalSchedule.Start(Policy with { TimeToStop = Seconds(timeToStop) }, Seconds(0), Lease, Seconds(0), jitter: 0);

        Assert.Equal(Guaranteed, schedule.Deadline);
        Assert.Equal(Seconds(renewal), schedule.NextRenewalAt);
        Assert.Equal(Seconds(atRisk), schedule.AtRiskAt);
        Assert.False(schedule.IsLost(Seconds(29)));
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.05)]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(-1e9)]
    public void Start_DeadlinePassedBeforeTheReply_IsLost(double validForSeconds)
    {
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Seconds(validForSeconds), Seconds(0.2), jitter: 0.5);

        Assert.True(schedule.IsLost(Seconds(0.2)));
        Assert.Equal(TimeSpan.Zero, schedule.GetRemaining(Seconds(0.2)));
    }

    [Fact]
    public void Start_ValidityIsAbsurd_CountsThirtyDays()
    {
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), TimeSpan.MaxValue, Seconds(0), jitter: 0);

        Assert.Equal(Policy.GetGuaranteed(TimeSpan.FromDays(30)), schedule.Deadline);
    }

    [Theory]
    [InlineData(0, 9.8)]
    [InlineData(0.5, 9.31)]
    [InlineData(0.99, 8.8298)]
    public void Start_Jitter_RenewsAtMostATenthEarly(double jitter, double expectedSeconds)
    {
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter);

        Assert.Equal(expectedSeconds, schedule.NextRenewalAt.TotalSeconds, 4);
    }

    [Fact]
    public void IsLost_AtTheDeadline_IsTrueAndNotBefore()
    {
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter: 0);

        Assert.False(schedule.IsLost(Guaranteed - TimeSpan.FromTicks(1)));
        Assert.True(schedule.IsLost(Guaranteed));
    }

    [Theory]
    [InlineData(1, 940)]
    [InlineData(30, 29_400)]
    [InlineData(100, 98_000)]
    public void GetGuaranteed_DefaultMargin_IsAHundredthButAtLeastFiftyMilliseconds(int seconds, int expectedMilliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(expectedMilliseconds), Policy.GetGuaranteed(Seconds(seconds)));

    [Fact]
    public void GetGuaranteed_GivenMarginAndDrift_AreTakenOff()
    {
        var policy = new RenewalPolicy { DriftRate = 0.1, SafetyMargin = Seconds(2) };

        Assert.Equal(Seconds(7), policy.GetGuaranteed(Seconds(10)));
        Assert.Equal(Seconds(10), new RenewalPolicy { DriftRate = 0, SafetyMargin = TimeSpan.Zero }.GetGuaranteed(Seconds(10)));
    }

    [Fact]
    public void Renewed_InTime_CountsFromItsSending()
    {
        var schedule = Start().Renewed(Seconds(10), Lease, Seconds(12), jitter: 0);

        Assert.Equal(Seconds(10) + Guaranteed, schedule.Deadline);
        Assert.Equal(Seconds(12) + (Guaranteed - Seconds(2)) / 3, schedule.NextRenewalAt);
    }

    [Fact]
    public void Renewed_AfterTheDeadline_StaysLost()
    {
        var schedule = Start().Renewed(sentAt: Seconds(29), Lease, now: Guaranteed, jitter: 0);

        Assert.True(schedule.IsLost(Guaranteed));
        Assert.True(schedule.IsLost(Seconds(0)));
        Assert.Equal(TimeSpan.Zero, schedule.GetRemaining(Seconds(0)));
    }

    [Fact]
    public void Renewed_AfterNotHeld_StaysLost()
    {
        var schedule = Start().NotHeld().Renewed(Seconds(1), Lease, Seconds(1), jitter: 0);

        Assert.True(schedule.IsLost(Seconds(1)));
    }

    [Fact]
    public void Unknown_Once_NeitherExtendsNorLoses()
    {
        var before = Start();
        var schedule = before.Unknown(Seconds(10), jitter: 0);

        Assert.Equal(before.Deadline, schedule.Deadline);
        Assert.Equal(before.AtRiskAt, schedule.AtRiskAt);
        Assert.Equal(Seconds(10.05), schedule.NextRenewalAt);
        Assert.Equal(1, schedule.Failures);
        Assert.False(schedule.IsLost(Seconds(10)));
    }

    [Fact]
    public void Unknown_AgainAndAgain_BacksOffButNeverBeyondTheDeadline()
    {
        var schedule = Start();
        var now = schedule.NextRenewalAt;
        var pauses = new List<TimeSpan>();
        while (!schedule.IsLost(now))
        {
            schedule = schedule.Unknown(now, jitter: 0.5);
            Assert.True(schedule.NextRenewalAt > now);
            Assert.True(schedule.NextRenewalAt <= schedule.Deadline);
            pauses.Add(schedule.NextRenewalAt - now);
            now = schedule.NextRenewalAt;
        }

        Assert.Equal(Guaranteed, schedule.Deadline);
        Assert.Equal(TimeSpan.FromMilliseconds(75), pauses[0]);
        Assert.All(pauses, pause => Assert.InRange(pause, TimeSpan.Zero, Seconds(2)));
        Assert.InRange(pauses.Count, 20, 40);
    }

    [Fact]
    public void Unknown_AfterTheDeadline_IsLost() => Assert.True(Start().Unknown(Guaranteed, jitter: 0).IsLost(Seconds(0)));

    [Fact]
    public void Renewed_AfterFailures_ForgetsThem()
    {
        var schedule = Start().Unknown(Seconds(10), 0).Unknown(Seconds(11), 0).Renewed(Seconds(12), Lease, Seconds(12), 0);

        Assert.Equal(0, schedule.Failures);
    }

    [Theory]
    [InlineData(0, 9.8)]
    [InlineData(0.25, 9.75)]
    [InlineData(0.98, 9.8)]
    [InlineData(0.981, 9.8)]
    [InlineData(2, 9.8)]
    public void GetNextRenewalAt_Window_IsItsBeginningUnlessItIsTooLong(double window, double expected)
    {
        var schedule = Start();

        Assert.Equal(Seconds(expected), schedule.GetNextRenewalAt(Seconds(window)));
        Assert.True(schedule.GetNextRenewalAt(Seconds(window)) <= schedule.NextRenewalAt);
    }

    [Fact]
    public void IsGathered_FirstTryThatIsNotLate_AndNothingElse()
    {
        var (schedule, window) = (Start(), Seconds(0.25));

        Assert.True(schedule.IsGathered(window, schedule.NextRenewalAt));
        Assert.False(schedule.IsGathered(TimeSpan.Zero, schedule.NextRenewalAt));
        Assert.False(schedule.IsGathered(window, schedule.AtRiskAt));
        var repeated = schedule.Unknown(schedule.NextRenewalAt, jitter: 0);
        Assert.False(repeated.IsGathered(window, repeated.NextRenewalAt));
        Assert.Equal(repeated.NextRenewalAt, repeated.GetNextRenewalAt(window));
    }

    [Fact]
    public void GetAttemptTimeout_LeavesTimeForAnother()
    {
        var schedule = Start();

        Assert.Equal(Seconds(5), schedule.GetAttemptTimeout(Seconds(9.8)));
        Assert.Equal(Seconds(2), schedule.GetAttemptTimeout(Guaranteed - Seconds(4)));
        Assert.Equal(TimeSpan.Zero, schedule.GetAttemptTimeout(Guaranteed));
    }

    /// <summary>
    /// Thousands of leases with random delays and clocks: whenever the holder relies on its lease, the silo still honours it.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Schedule_RandomDelaysAndDrift_NeverOutlivesTheSilosLease(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 2_000; run++)
        {
            // The silo's clock may run faster than ours by no more than the drift rate allows.
            var speed = 1 + random.NextDouble() * Policy.DriftRate * 0.999;
            var lease = Seconds(1 + random.NextDouble() * 60);
            var (sentAt, now, siloEnd) = Call(TimeSpan.Zero, lease);
            var schedule = RenewalSchedule.Start(Policy, sentAt, lease, now, random.NextDouble());
            for (var step = 0; step < 40 && !schedule.IsLost(now); step++)
            {
                var when = $"seed {seed}, run {run}, step {step}";
                Assert.True(schedule.Deadline <= siloEnd, $"{when}: {schedule.Deadline} is after {siloEnd}");
                Assert.True(schedule.NextRenewalAt <= schedule.Deadline);
                now = schedule.NextRenewalAt > now ? schedule.NextRenewalAt : now;
                var (sent, replied, end) = Call(now, lease);
                var isRenewed = random.Next(3) > 0;
                // A renewal that arrives in time counts at the silo even when its reply does not come back.
                if (end > siloEnd)
                    siloEnd = end;
                now = replied;
                schedule = isRenewed
                    ? schedule.Renewed(sent, lease, now, random.NextDouble())
                    : schedule.Unknown(now, random.NextDouble());
            }

            (TimeSpan SentAt, TimeSpan Now, TimeSpan SiloEnd) Call(TimeSpan at, TimeSpan duration)
            {
                var there = Seconds(random.NextDouble() * random.NextDouble() * 5);
                var back = Seconds(random.NextDouble() * random.NextDouble() * 5);
                return (at, at + there + back, at + there + duration / speed);
            }
        }
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Start_JitterOutOfRange_Throws(double jitter)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter));
        Assert.Throws<ArgumentOutOfRangeException>(() => Policy.Backoff.After(1, jitter));
    }

    [Fact]
    public void Start_ReplyBeforeTheSending_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RenewalSchedule.Start(Policy, Seconds(1), Lease, Seconds(0), 0));

    [Theory]
    [InlineData(1, 0, 50)]
    [InlineData(1, 0.5, 75)]
    [InlineData(3, 0.5, 225)]
    [InlineData(6, 0.5, 1025)]
    [InlineData(1000, 0.5, 1025)]
    [InlineData(int.MaxValue, 0, 50)]
    public void Backoff_After_IsRandomBetweenTheDelayAndADoublingBound(int failures, double jitter, double expectedMilliseconds)
    {
        var backoff = new RetryBackoff(TimeSpan.FromMilliseconds(50), Seconds(2));

        Assert.Equal(expectedMilliseconds, backoff.After(failures, jitter).TotalMilliseconds, 3);
    }

    [Fact]
    public void Backoff_NoFailure_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Policy.Backoff.After(0, 0));

    private static RenewalSchedule Start() => RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter: 0);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
