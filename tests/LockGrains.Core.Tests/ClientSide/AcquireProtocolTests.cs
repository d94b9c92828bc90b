using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests;

/// <summary>The client's side of one acquire, step by step, without a client.</summary>
public sealed class AcquireProtocolTests
{
    private static readonly AcquireSettings Forever = new()
    {
        Wait = Timeout.InfiniteTimeSpan,
        Renews = true,
        AttemptTimeout = Sec(5),
        UnavailableTimeout = Sec(30),
        BeatPeriod = Sec(3),
        Slice = Sec(4),
        FirstSlice = Sec(0.25),
        Policy = new RenewalPolicy(),
    };

    private int _ids;

    [Fact]
    public void Granted_InTime_IsTheEndAndNothingIsLeft()
    {
        var acquire = Begin(Forever);

        Assert.Equal(new AcquireStep(AcquireAction.Send, Sec(9), Timeout.InfiniteTimeSpan, Sec(4)), acquire.Start(Sec(1)));
        Assert.True(acquire.MayBeLeft);
        Assert.Equal(AcquireAction.Granted, acquire.OnGranted(new FencingToken(7), Sec(30), Sec(2), jitter: 0).Action);

        Assert.False(acquire.MayBeLeft);
        Assert.Equal(new FencingToken(7), acquire.Token);
        // Counted from when the call was sent: 30 s · 0.99 − 1 % of 30 s.
        Assert.Equal(Sec(1 + 29.4), acquire.Schedule!.Deadline);
    }

    [Fact]
    public void Granted_TooLateAndRenewedInTime_CountsFromTheRenewal()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));

        var confirm = acquire.OnGranted(new FencingToken(7), Sec(5), Sec(6), jitter: 0);
        Assert.Equal(new AcquireStep(AcquireAction.Confirm, Sec(5)), confirm);
        Assert.Equal(AcquireAction.Granted, acquire.OnConfirmed(Sec(30), Sec(8), jitter: 0).Action);

        Assert.Equal(Sec(6 + 29.4), acquire.Schedule!.Deadline);
    }

    [Fact]
    public void Granted_TooLate_IsGivenBackBeforeAnotherRequestIsMade()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        var first = acquire.LeaseId;
        acquire.OnGranted(new FencingToken(7), Sec(5), Sec(6), jitter: 0);

        Assert.Equal(AcquireAction.Cancel, acquire.OnNotConfirmed(wasToldNotHeld: false, Sec(11), jitter: 0).Action);
        Assert.Equal(first, acquire.LeaseId);
        Assert.Equal(AcquireAction.Pause, acquire.OnCancel(CancelProgress.Confirmed, Sec(12), jitter: 0).Action);

        Assert.NotEqual(first, acquire.LeaseId);
        Assert.Equal(AcquireAction.Send, acquire.OnPaused(Sec(13)).Action);
    }

    [Fact]
    public void Granted_TooLateAndNotGivenBack_IsSaidToBeUnknown()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        acquire.OnGranted(new FencingToken(7), Sec(5), Sec(6), jitter: 0);
        acquire.OnNotConfirmed(wasToldNotHeld: false, Sec(11), jitter: 0);

        Assert.Equal(AcquireAction.LateGrantNotReturned, acquire.OnCancel(CancelProgress.GoesOn, Sec(41), jitter: 0).Action);
        Assert.True(acquire.MayBeLeft);
    }

    [Fact]
    public void Unknown_IsRepeatedUnderTheSameId()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        var first = acquire.LeaseId;

        Assert.Equal(new AcquireStep(AcquireAction.Pause, Sec(0.05)), acquire.OnUnknown(Sec(1), jitter: 0));
        Assert.Equal(AcquireAction.Send, acquire.OnPaused(Sec(2)).Action);

        Assert.Equal(first, acquire.LeaseId);
        Assert.Equal(1, acquire.Failures);
    }

    [Fact]
    public void Unknown_ForTooLong_GivesUpAndLeavesAnEndToConfirm()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        acquire.OnUnknown(Sec(1), jitter: 0);
        acquire.OnPaused(Sec(2));

        Assert.Equal(new AcquireStep(AcquireAction.NoReply, Sec(30)), acquire.OnUnknown(Sec(31), jitter: 0));
        Assert.Equal(new AcquireStep(AcquireAction.Cancel, TimeSpan.Zero), acquire.Abandon(isAwaited: false));
        Assert.Equal(new AcquireStep(AcquireAction.Cancel, AcquireProtocol.CancelTimeout), acquire.Abandon(isAwaited: true));
    }

    /// <summary>Longer than that no silo is sure to remember that the request is over.</summary>
    [Theory]
    [InlineData(CancelProgress.Confirmed)]
    [InlineData(CancelProgress.GivenUp)]
    public void Unknown_ForAsLongAsOneIdIsRepeated_IsCancelledAndGoesOnUnderAnotherId(CancelProgress progress)
    {
        var acquire = Begin(Forever with { UnavailableTimeout = TimeSpan.FromHours(1) });
        acquire.Start(Sec(0));
        var first = acquire.LeaseId;
        acquire.OnUnknown(Sec(1), jitter: 0);

        Assert.Equal(AcquireAction.Cancel, acquire.OnPaused(Sec(1) + LockPolicy.RepeatMax).Action);
        Assert.Equal(AcquireAction.Send, acquire.OnCancel(progress, Sec(130), jitter: 0).Action);

        Assert.NotEqual(first, acquire.LeaseId);
    }

    [Fact]
    public void Busy_OfAFirstCall_IsTheEnd()
    {
        var acquire = Begin(Forever with { Wait = TimeSpan.Zero });
        acquire.Start(Sec(0));

        Assert.Equal(AcquireAction.NotAcquired, acquire.OnDenied(DenyReason.Busy, Sec(1), jitter: 0).Action);
        Assert.Equal(AcquireAction.NotAcquired, acquire.Abandon(isAwaited: true).Action);
    }

    /// <summary>"Busy" is said of one copy. An earlier one may still arrive, and queue.</summary>
    [Fact]
    public void Busy_AfterACallWithoutReply_IsTheEndOnceItsCancelIsConfirmed()
    {
        var acquire = Begin(Forever with { Wait = Sec(10) });
        acquire.Start(Sec(0));
        acquire.OnUnknown(Sec(1), jitter: 0);
        acquire.OnPaused(Sec(2));

        Assert.Equal(AcquireAction.Cancel, acquire.OnDenied(DenyReason.Busy, Sec(3), jitter: 0).Action);
        Assert.Equal(AcquireAction.NotAcquired, acquire.OnCancel(CancelProgress.Confirmed, Sec(4), jitter: 0).Action);
    }

    /// <summary>"Full" and "over the limit" are said of one copy, too. They end the acquire at once, and the cancel is left to do.</summary>
    [Theory]
    [InlineData(DenyReason.QueueFull, AcquireAction.QueueFull)]
    [InlineData(DenyReason.Limit, AcquireAction.OverLimit)]
    public void FullOrOverTheLimit_AfterACallWithoutReply_IsTheEndAndLeavesACancel(DenyReason reason, AcquireAction action)
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        acquire.OnUnknown(Sec(1), jitter: 0);
        acquire.OnPaused(Sec(2));

        Assert.Equal(new AcquireStep(action), acquire.OnDenied(reason, Sec(3), jitter: 0));

        Assert.True(acquire.MayBeLeft);
        Assert.Equal(new AcquireStep(AcquireAction.Cancel, AcquireProtocol.CancelTimeout), acquire.Abandon(isAwaited: true));
        Assert.Equal(new AcquireStep(AcquireAction.Cancel, TimeSpan.Zero), acquire.Abandon(isAwaited: false));
    }

    [Theory]
    [InlineData(DenyReason.QueueFull, AcquireAction.QueueFull)]
    [InlineData(DenyReason.Limit, AcquireAction.OverLimit)]
    public void FullOrOverTheLimit_OfAFirstCall_IsTheEndAndLeavesNothing(DenyReason reason, AcquireAction action)
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));

        Assert.Equal(new AcquireStep(action), acquire.OnDenied(reason, Sec(1), jitter: 0));

        Assert.False(acquire.MayBeLeft);
        Assert.Equal(new AcquireStep(AcquireAction.NotAcquired), acquire.Abandon(isAwaited: true));
    }

    [Fact]
    public void Ended_GoesOnUnderAnotherIdAfterAPause()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        var first = acquire.LeaseId;

        Assert.Equal(AcquireAction.Pause, acquire.OnDenied(DenyReason.Ended, Sec(1), jitter: 0).Action);

        Assert.NotEqual(first, acquire.LeaseId);
        Assert.False(acquire.MayBeLeft);
    }

    [Fact]
    public void Wait_ThatIsOver_IsNotAcquiredOnlyWhenTheCancelIsConfirmed()
    {
        var acquire = Begin(Forever with { Wait = Sec(3) });
        Assert.Equal(Sec(3), acquire.Start(Sec(0)).Wait);
        acquire.OnUnknown(Sec(2), jitter: 0);

        Assert.Equal(new AcquireStep(AcquireAction.Cancel, Sec(5)), acquire.OnPaused(Sec(3)));
        Assert.Equal(new AcquireStep(AcquireAction.EndNotConfirmed, Sec(5)), acquire.OnCancel(CancelProgress.GoesOn, Sec(8), jitter: 0));
    }

    /// <summary>The reply is due at the wait plus one attempt: half an attempt, but no more than a second, is kept for the cancel.</summary>
    [Fact]
    public void Call_OfAFiniteWait_LeavesTimeForACancel()
    {
        var acquire = Begin(Forever with { Wait = Sec(3) });

        Assert.Equal(Sec(3 + 5 - 1), acquire.Start(Sec(0)).Time);
    }

    [Fact]
    public void Queued_AgainAndAgainAtOnce_Pauses()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));

        Assert.Equal(AcquireAction.Send, acquire.OnQueued(3, Sec(4), jitter: 0).Action);
        Assert.Equal(new AcquireStep(AcquireAction.Pause, Sec(0.05)), acquire.OnQueued(3, Sec(4.01), jitter: 0));
        Assert.Equal(AcquireAction.Send, acquire.OnPaused(Sec(4.06)).Action);

        // Half of the little that was left to wait, and so no haste.
        var last = Begin(Forever with { Wait = Sec(0.04) });
        last.Start(Sec(0));
        Assert.Equal(AcquireAction.Send, last.OnQueued(3, Sec(0.02), jitter: 0).Action);
    }

    [Fact]
    public void Queued_WithHeartbeats_GoesOnInLongCallsThatAreNamedInThem()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));

        var next = acquire.OnQueued(300, Sec(4), jitter: 0);

        Assert.Equal(new AcquireStep(AcquireAction.Send, Sec(65), Timeout.InfiniteTimeSpan, Sec(60), Sec(3)), next);
        Assert.Equal(300, acquire.Place);
    }

    [Fact]
    public void Queued_WithoutHeartbeats_GoesOnInShortCalls()
    {
        var acquire = Begin(Forever with { BeatPeriod = null });
        acquire.Start(Sec(0));

        Assert.Equal(new AcquireStep(AcquireAction.Send, Sec(9), Timeout.InfiniteTimeSpan, Sec(4)), acquire.OnQueued(300, Sec(4), jitter: 0));
    }

    [Fact]
    public void FirstCall_WhereSomebodyWatches_LearnsThePlaceSoon()
    {
        var acquire = Begin(Forever with { ShowsPlace = true });

        Assert.Equal(Sec(0.25), acquire.Start(Sec(0)).Slice);
        Assert.Equal(Sec(60), acquire.OnQueued(300, Sec(0.25), jitter: 0).Slice);
    }

    [Fact]
    public void CallAfterTrouble_IsShortAndNamedInNoHeartbeatUntilItIsQueuedAgain()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        acquire.OnQueued(300, Sec(4), jitter: 0);
        acquire.OnUnknown(Sec(20), jitter: 0);

        Assert.Equal(new AcquireStep(AcquireAction.Send, Sec(9), Timeout.InfiniteTimeSpan, Sec(4)), acquire.OnPaused(Sec(21)));
        Assert.Equal(Sec(3), acquire.OnQueued(299, Sec(25), jitter: 0).Beats);
    }

    [Fact]
    public void Place_InTheReplyToAHeartbeat_IsTheLastKnownOne()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        acquire.OnQueued(300, Sec(4), jitter: 0);

        acquire.OnPlace(200);
        Assert.Equal(200, acquire.Place);
        acquire.OnPlace(0);
        Assert.Equal(200, acquire.Place);
    }

    /// <summary>Nobody knows what became of the call that a heartbeat was told of: it may have been granted the lock, or come late.</summary>
    [Fact]
    public void CallAgain_SendsTheSameRequestAtOnceAndLeavesAnEndToConfirm()
    {
        var acquire = Begin(Forever with { Wait = Sec(100) });
        acquire.Start(Sec(0));
        acquire.OnQueued(300, Sec(4), jitter: 0);
        var id = acquire.LeaseId;

        var again = acquire.OnCallAgain(Sec(10));

        Assert.Equal(new AcquireStep(AcquireAction.Send, Sec(65), Sec(90), Sec(60), Sec(3)), again);
        Assert.Equal((id, 0), (acquire.LeaseId, acquire.Failures));
        Assert.Equal(AcquireAction.Cancel, acquire.OnDenied(DenyReason.Busy, Sec(11), jitter: 0).Action);
    }

    [Fact]
    public void CallAgain_WhenTheWaitIsOver_IsTheEndOnceItsCancelIsConfirmed()
    {
        var acquire = Begin(Forever with { Wait = Sec(10) });
        acquire.Start(Sec(0));
        acquire.OnQueued(300, Sec(4), jitter: 0);

        Assert.Equal(AcquireAction.Cancel, acquire.OnCallAgain(Sec(10)).Action);
        Assert.Equal(AcquireAction.NotAcquired, acquire.OnCancel(CancelProgress.Confirmed, Sec(11), jitter: 0).Action);
    }

    /// <summary>What a silo does not know of any more begins anew, and nobody is known to wait.</summary>
    [Fact]
    public void CallAfterAnEndedRequest_IsAFirstCallAgain()
    {
        var acquire = Begin(Forever);
        acquire.Start(Sec(0));
        acquire.OnQueued(300, Sec(4), jitter: 0);
        acquire.OnDenied(DenyReason.Ended, Sec(20), jitter: 0);

        Assert.Equal(new AcquireStep(AcquireAction.Send, Sec(9), Timeout.InfiniteTimeSpan, Sec(4)), acquire.OnPaused(Sec(21)));
    }

    private AcquireProtocol Begin(AcquireSettings settings) => new(settings, () => Ids.Of(++_ids), Sec(0));
}
