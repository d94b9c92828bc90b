using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests;

/// <summary>The client's side of one hold, step by step, without a client. The lease is 30 s, of which 29.4 s are relied on.</summary>
public sealed class HoldProtocolTests
{
    private static readonly TimeSpan Deadline = Sec(29.4);

    [Fact]
    public void Time_GoesOn_RenewsThenWarnsThenIsLost()
    {
        var hold = Begin();

        Assert.Equal(Sec(9.8), hold.GetDueAt(Sec(0), TimeSpan.Zero));
        Assert.Equal(HoldDuties.Renew, hold.OnTime(Sec(9.8), TimeSpan.Zero));
        // One renewal at a time: what is due next is the risk.
        Assert.Equal(Sec(19.6), hold.GetDueAt(Sec(9.8), TimeSpan.Zero));
        Assert.Equal(HoldDuties.TellAtRisk, hold.OnTime(Sec(19.6), TimeSpan.Zero));
        Assert.Equal(Deadline, hold.GetDueAt(Sec(19.6), TimeSpan.Zero));
        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, hold.OnTime(Deadline, TimeSpan.Zero));

        Assert.Equal((HoldPhase.Lost, EndReason.Expired, LossReason.Deadline), (hold.Phase, hold.End, hold.Loss));
        Assert.Equal(TimeSpan.Zero, hold.GetRemaining(Deadline));
    }

    [Fact]
    public void Renewed_CountsFromWhenTheRenewalWasSent()
    {
        var hold = Begin();
        hold.OnTime(Sec(10), TimeSpan.Zero);
        hold.BeginRenewal(Sec(11), TimeSpan.Zero);

        Assert.Equal(HoldDuties.None, hold.OnRenewed(Sec(30), Sec(13), jitter: 0));

        Assert.Equal(Sec(11) + Deadline, hold.Deadline);
    }

    [Fact]
    public void Renewed_AfterTheDeadline_IsLostAllTheSame()
    {
        var hold = Begin();
        hold.OnTime(Sec(10), TimeSpan.Zero);
        hold.BeginRenewal(Sec(11), TimeSpan.Zero);

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, hold.OnRenewed(Sec(30), Sec(30), jitter: 0));
        Assert.Equal(ReleaseStart.PresumedLost, hold.Release(Sec(30)).Start);
    }

    [Fact]
    public void RenewalUnknown_NeitherExtendsNorEnds_AndIsRepeated()
    {
        var hold = Begin();
        hold.OnTime(Sec(10), TimeSpan.Zero);
        hold.BeginRenewal(Sec(10), TimeSpan.Zero);

        Assert.Equal(HoldDuties.None, hold.OnRenewalUnknown(Sec(15), jitter: 0));

        Assert.Equal(Deadline, hold.Deadline);
        Assert.Equal(Sec(15.05), hold.GetDueAt(Sec(15), TimeSpan.Zero));
    }

    [Fact]
    public void NotHeld_IsLostAndConfirmed()
    {
        var hold = Begin();

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, hold.OnNotHeld(EndReason.Revoked, Sec(2)));

        Assert.Equal((EndReason.Revoked, LossReason.NotHeld), (hold.End, hold.Loss));
        Assert.Equal(ReleaseStart.NotHeld, hold.Release(Sec(1)).Start);
        Assert.Equal(HoldDuties.None, hold.OnNotHeld(EndReason.Expired, Sec(2)));
    }

    [Fact]
    public void Release_IsTheFirstOnceAndThenAgain()
    {
        var hold = Begin();

        Assert.Equal(ReleaseStart.First, hold.Release(Sec(1)).Start);
        Assert.Equal(ReleaseStart.Again, hold.Release(Sec(2)).Start);

        Assert.Equal((HoldPhase.Released, EndReason.Released), (hold.Phase, hold.End));
        Assert.Equal(HoldDuties.None, hold.OnTime(Deadline, TimeSpan.Zero));
    }

    /// <summary>Also where nobody looked at the clock before, as after a suspend.</summary>
    [Fact]
    public void Release_AfterTheDeadline_IsALoss()
    {
        var hold = Begin();

        Assert.Equal((ReleaseStart.PresumedLost, HoldDuties.TellLost | HoldDuties.Stop), hold.Release(Deadline));
        Assert.Equal((LossReason.Deadline, EndReason.Expired), (hold.Loss, hold.LossEnd));
    }

    [Fact]
    public void Release_BeforeTheLockMayBeGivenBack_KeepsItUntilThen()
    {
        var hold = Begin(holdFor: Sec(5));

        Assert.Equal(ReleaseStart.Kept, hold.Release(Sec(1)).Start);
        Assert.Equal(TimeSpan.Zero, hold.GetRemaining(Sec(1)));
        Assert.Equal(Sec(5), hold.GetDueAt(Sec(1), TimeSpan.Zero));
        Assert.Equal(HoldDuties.Release | HoldDuties.Stop, hold.OnTime(Sec(5), TimeSpan.Zero));
    }

    [Fact]
    public void KeptLock_ThatIsLost_HasNobodyToTell()
    {
        var hold = Begin(holdFor: Sec(25));
        hold.Release(Sec(1));

        Assert.Equal(HoldDuties.Stop, hold.OnNotHeld(EndReason.Revoked, Sec(2)));
        Assert.Equal((EndReason.Released, EndReason.Revoked), (hold.End, hold.LossEnd));
    }

    [Fact]
    public void MaxHold_IsTheEndThoughItIsRenewed()
    {
        var hold = Begin(maxHold: Sec(12));
        hold.OnTime(Sec(10), TimeSpan.Zero);

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, hold.OnTime(Sec(12), TimeSpan.Zero) & ~HoldDuties.TellAtRisk);
        Assert.Equal(LossReason.MaxHold, hold.Loss);
    }

    [Fact]
    public void Leaked_IsNotRenewedAnyMore()
    {
        var hold = Begin();
        hold.OnTime(Sec(10), TimeSpan.Zero);
        hold.OnLeaked();

        Assert.Equal(HoldDuties.TellAtRisk, hold.OnTime(Sec(20), TimeSpan.Zero));
        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, hold.OnTime(Deadline, TimeSpan.Zero));
        Assert.Equal(LossReason.Leaked, hold.Loss);
    }

    [Fact]
    public void Left_IsNotRenewedAndNotReleased()
    {
        var hold = Begin();

        Assert.Equal(HoldDuties.None, hold.Leave());

        Assert.Equal(HoldPhase.Held, hold.Phase);
        Assert.Equal(HoldDuties.None, hold.OnTime(Sec(10), TimeSpan.Zero));
        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, hold.OnTime(Deadline, TimeSpan.Zero));
        Assert.Equal(LossReason.ClientStopped, hold.Loss);
    }

    [Fact]
    public void Stopping_TellsTheRiskAndRenewsAsBefore()
    {
        var hold = Begin();

        Assert.Equal(HoldDuties.TellAtRisk, hold.OnStopping());
        Assert.Equal(HoldDuties.Renew, hold.OnTime(Sec(10), TimeSpan.Zero));
    }

    [Fact]
    public void ForgetRisk_OnlyOnceARenewalCameAfterIt_AndTheNextRiskIsTold()
    {
        var hold = Begin();
        Assert.Equal(HoldDuties.TellAtRisk | HoldDuties.Renew, hold.OnTime(Sec(20), TimeSpan.Zero));
        Assert.False(hold.ForgetRisk(Sec(20)));
        hold.BeginRenewal(Sec(20), TimeSpan.Zero);
        hold.OnRenewed(Sec(30), Sec(20), jitter: 0);

        Assert.True(hold.ForgetRisk(Sec(21)));
        Assert.Equal(HoldDuties.TellAtRisk | HoldDuties.Renew, hold.OnTime(Sec(40), TimeSpan.Zero));
    }

    private static HoldProtocol Begin(TimeSpan holdFor = default, TimeSpan? maxHold = null) => new(
        RenewalSchedule.Start(new RenewalPolicy(), Sec(0), Sec(30), Sec(0), jitter: 0),
        HoldLimits.Start(Sec(0), Sec(30), holdFor, maxHold),
        renews: true);
}
