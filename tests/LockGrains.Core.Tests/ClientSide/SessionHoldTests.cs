using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests;

/// <summary>
/// The client's side of a hold under a session. The session's lease is 15 s, of which 14.7 s are relied on. The hold's own is 10 min.
/// </summary>
public sealed class SessionHoldTests
{
    private static readonly TimeSpan Deadline = Sec(14.7);

    private readonly HoldProtocol _session = Begin(Sec(15), session: null);
    private readonly HoldProtocol _hold;

    public SessionHoldTests() => _hold = Begin(Sec(600), _session);

    [Fact]
    public void Remaining_IsNeverMoreThanTheSessions()
    {
        Assert.Equal(Deadline, _hold.GetRemaining(Sec(0)));
        Renew(_session, Sec(10));
        Assert.Equal(Sec(10) + Deadline - Sec(11), _hold.GetRemaining(Sec(11)));
    }

    [Fact]
    public void OwnLease_ThatEndsBeforeTheSessions_IsTheEnd()
    {
        var hold = Begin(Sec(10), _session);
        Renew(_session, Sec(5));

        Assert.Equal(Sec(9.8), hold.GetRemaining(Sec(0)));
        Assert.True(hold.OnTime(Sec(9.8), TimeSpan.Zero).HasFlag(HoldDuties.TellLost));
        Assert.Equal((EndReason.Expired, LossReason.Deadline), (hold.End, hold.Loss));
    }

    [Fact]
    public void SessionsDeadline_Passes_HoldIsLostThoughItsOwnLeaseGoesOn()
    {
        Assert.Equal(HoldDuties.None, _hold.Expire(Deadline - Instant));

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, _hold.Expire(Deadline));
        Assert.Equal((HoldPhase.Lost, EndReason.SessionEnded, LossReason.SessionOver), (_hold.Phase, _hold.End, _hold.Loss));
        Assert.Equal(TimeSpan.Zero, _hold.GetRemaining(Deadline));
    }

    /// <summary>Whoever looks must not find it held, whether the loss of the session was told by then or not.</summary>
    [Fact]
    public void SessionsDeadline_Passes_NothingRemainsBeforeAnybodySaysSo() => Assert.Equal(TimeSpan.Zero, _hold.GetRemaining(Deadline));

    [Fact]
    public void SessionIsSaidToBeOver_HoldIsLost()
    {
        _session.OnNotHeld(EndReason.Revoked, Sec(3));

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, _hold.Expire(Sec(3)));
        Assert.Equal(EndReason.SessionEnded, _hold.End);
    }

    [Fact]
    public void SessionIsReleased_HoldIsLost()
    {
        _session.Release(Sec(3));

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, _hold.Expire(Sec(3)));
    }

    [Fact]
    public void SessionIsAboutToBeReleased_HoldIsLostBefore()
    {
        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, _hold.OnSessionOver());
        Assert.Equal(HoldDuties.None, _hold.OnSessionOver());
        Assert.Equal(ReleaseStart.PresumedLost, _hold.Release(Sec(1)).Start);
    }

    /// <summary>Its own renewal says nothing of its session.</summary>
    [Fact]
    public void RenewalOfTheHold_AfterTheSessionsDeadline_SavesNothing()
    {
        _hold.BeginRenewal(Sec(14), TimeSpan.Zero);

        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop, _hold.OnRenewed(Sec(600), Sec(15), jitter: 0));
    }

    [Fact]
    public void Hold_IsRenewedNoMoreOftenThanItsOwnLeaseAsks() => Assert.Equal(Sec(196), _hold.GetDueAt(Sec(0), TimeSpan.Zero));

    /// <summary>Nobody can release it, and its lease is long. Whoever watches its tokens is told before it is given back.</summary>
    [Fact]
    public void Leaked_IsLostAndGivenBackAtOnce()
    {
        Assert.Equal(HoldDuties.TellLost | HoldDuties.Stop | HoldDuties.Release, _hold.OnLeaked());
        Assert.Equal((LossReason.Leaked, HoldDuties.None), (_hold.Loss, _hold.OnLeaked()));
    }

    private static HoldProtocol Begin(TimeSpan lease, HoldProtocol? session) => new(
        RenewalSchedule.Start(new RenewalPolicy(), Sec(0), lease, Sec(0), jitter: 0), HoldLimits.Start(Sec(0), lease, TimeSpan.Zero, maxHold: null), renews: true, session);

    private static void Renew(HoldProtocol hold, TimeSpan at)
    {
        hold.BeginRenewal(at, TimeSpan.Zero);
        hold.OnRenewed(Sec(15), at, jitter: 0);
    }
}
