namespace LockGrains.Core.Tests;

/// <summary>How long a hold lasts whatever its owner does.</summary>
public sealed class HoldLimitsTests
{
    private static readonly RenewalPolicy Policy = new();
    private static readonly TimeSpan Lease = Seconds(30);

    // 30 s · 0.99 − 1 % of 30 s
    private static readonly TimeSpan Guaranteed = Seconds(29.4);

    [Fact]
    public void Start_WithoutLimits_GivesBackAtOnceAndNeverEnds()
    {
        var limits = HoldLimits.Start(Seconds(100), Lease, TimeSpan.Zero, maxHold: null);

        Assert.True(limits.MayGiveBack(Seconds(100)));
        Assert.False(limits.IsOver(TimeSpan.FromDays(1000)));
        var schedule = RenewalSchedule.Start(Policy, Seconds(100), Lease, Seconds(100), jitter: 0);
        Assert.Equal(schedule, schedule.Within(limits));
    }

    [Fact]
    public void HoldFor_CountsFromTheGrant()
    {
        var limits = HoldLimits.Start(Seconds(100), Lease, Seconds(50), maxHold: null);

        Assert.False(limits.MayGiveBack(Seconds(149.9)));
        Assert.True(limits.MayGiveBack(Seconds(150)));
    }

    [Fact]
    public void MaxHold_LongerThanTheLease_LeavesTheScheduleUntilTheLeaseLastsUntilThen()
    {
        var limits = HoldLimits.Start(Seconds(0), Lease, TimeSpan.Zero, Seconds(45));
        var first = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter: 0).Within(limits);
        Assert.Equal((Guaranteed, Guaranteed / 3), (first.Deadline, first.NextRenewalAt));

        var last = first.Renewed(Seconds(19.6), Lease, Seconds(19.6), jitter: 0);
        Assert.Equal(Seconds(45), last.Deadline);
        Assert.Equal(Seconds(35), last.AtRiskAt);
        Assert.Equal(last.Deadline, last.NextRenewalAt);
        Assert.False(last.IsLost(Seconds(44.9)));
        Assert.True(last.IsLost(Seconds(45)));
        Assert.True(limits.IsOver(last.Deadline));
    }

    [Fact]
    public void MaxHold_RenewalOfUnknownOutcomeOnceItLastsUntilThen_IsNotRepeated()
    {
        var limits = HoldLimits.Start(Seconds(0), Lease, TimeSpan.Zero, Seconds(20));
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter: 0).Within(limits);

        Assert.Equal(Seconds(20), schedule.Unknown(Seconds(5), jitter: 0).NextRenewalAt);
    }

    [Fact]
    public void MaxHold_HolderNeedsTimeToStop_WarnsThatMuchBefore()
    {
        var limits = HoldLimits.Start(Seconds(0), Lease, TimeSpan.Zero, Seconds(20));
        var schedule = RenewalSchedule.Start(Policy with { TimeToStop = Seconds(4) }, Seconds(0), Lease, Seconds(0), jitter: 0).Within(limits);

        Assert.Equal((Seconds(20), Seconds(16)), (schedule.Deadline, schedule.AtRiskAt));
    }

    [Fact]
    public void MaxHold_ShorterThanTheLease_WarnsAThirdBefore()
    {
        var limits = HoldLimits.Start(Seconds(0), Lease, TimeSpan.Zero, Seconds(3));
        var schedule = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), jitter: 0).Within(limits);

        Assert.Equal((Seconds(2), Seconds(3)), (schedule.AtRiskAt, schedule.Deadline));
    }

    /// <summary>Whatever is renewed and whenever: no schedule reaches beyond the end, none is later at risk, and a lease is never made longer.</summary>
    [Fact]
    public void MaxHold_RandomRenewals_NoneGoesBeyondTheEnd()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var limits = HoldLimits.Start(Seconds(0), Lease, TimeSpan.Zero, Seconds(1 + random.NextDouble() * 200));
            var free = RenewalSchedule.Start(Policy, Seconds(0), Lease, Seconds(0), random.NextDouble());
            var bound = free.Within(limits);
            for (var now = Seconds(0); !bound.IsLost(now); now += Seconds(random.NextDouble() * 12))
            {
                Assert.True(bound.Deadline <= limits.EndsAt && bound.AtRiskAt <= limits.WarnAt, $"seed {seed} at {now}");
                Assert.True(bound.Deadline <= free.Deadline, $"seed {seed} at {now}");
                var jitter = random.NextDouble();
                (free, bound) = random.Next(3) == 0
                    ? (free.Unknown(now, jitter), bound.Unknown(now, jitter))
                    : (free.Renewed(now, Lease, now, jitter), bound.Renewed(now, Lease, now, jitter));
            }
        }
    }

    [Theory]
    [InlineData(-1, null, true)]
    [InlineData(0, 0, true)]
    [InlineData(10, 9, true)]
    [InlineData(31, null, false)]
    [InlineData(366 * 86_400, null, true)]
    public void Start_LimitsThatCannotBe_SaysWhich(int holdFor, int? maxHold, bool renews)
    {
        TimeSpan? max = maxHold is { } some ? Seconds(some) : null;

        Assert.NotNull(HoldLimits.FindProblem(Seconds(holdFor), max, Lease, renews));
        if (renews)
            Assert.Throws<ArgumentException>(() => HoldLimits.Start(Seconds(0), Lease, Seconds(holdFor), max));
    }

    private static TimeSpan Seconds(double count) => TimeSpan.FromSeconds(count);
}
