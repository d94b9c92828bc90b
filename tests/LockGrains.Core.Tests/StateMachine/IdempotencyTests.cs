using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Every request may come twice, late, or after its own cancel, with no effect but the right one.</summary>
public sealed class IdempotencyTests
{
    [Fact]
    public void Acquire_AgainWhileHolding_IsTheSameGrant()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        var state = key.State;
        key.Wait(Sec(1));

        Assert.Equal(token, key.Granted(A));
        Assert.Same(state, key.State);
        Assert.Empty(key.Last.Events);
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
    }

    [Fact]
    public void Acquire_AgainWhileWaiting_IsTheSameTicket()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false);
        key.Acquire(B);
        key.Acquire(C);
        key.Wait(Sec(3));

        Assert.Equal(new LockReply.Queued(1, 1, 2), key.Acquire(B));
        Assert.Empty(key.Last.Events);
        Assert.Equal(key.Now.Monotonic + Sec(10), key.State.Queue.First.AttachedUntil);
    }

    [Theory]
    [InlineData("released")]
    [InlineData("expired")]
    [InlineData("revoked")]
    [InlineData("cancelled while waiting")]
    [InlineData("cancelled while holding")]
    [InlineData("timed out")]
    [InlineData("dropped")]
    public void Acquire_LateAfterItsEnd_IsNeitherGrantedNorQueued(string end)
    {
        var key = new LockUnderTest();
        End(key, end);
        Assert.Null(key.State.FindHolder(B));

        var held = key.Holder;
        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Acquire(B)).Reason);
        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Try(B)).Reason);

        Assert.Equal(held, key.Holder);
        Assert.Empty(key.Waiting);
    }

    [Theory]
    [InlineData("released")]
    [InlineData("expired")]
    [InlineData("revoked")]
    [InlineData("cancelled while waiting")]
    [InlineData("timed out")]
    [InlineData("dropped")]
    public void Acquire_LateAfterItsEndAndAFailover_IsStillTurnedAway(string end)
    {
        var key = new LockUnderTest();
        End(key, end);
        key.Restore();

        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Acquire(B)).Reason);
    }

    [Fact]
    public void Release_Twice_IsReleasedTwiceAndTouchesNobodyElse()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        Assert.Equal(new LockReply.Ended(EndReason.Released, token, 1), key.Release(A));
        key.Acquire(B);
        var state = key.State;

        Assert.Equal(new LockReply.Ended(EndReason.Released), key.Release(A));
        Assert.Same(state, key.State);
        Assert.Equal(B, key.Holder);
    }

    [Fact]
    public void Release_AfterExpiry_SaysSoAndTouchesNobodyElse()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Wait(Sec(5));
        key.Acquire(B);

        Assert.Equal(new LockReply.NotHeld(EndReason.Expired), key.Release(A));
        Assert.Equal(B, key.Holder);
    }

    [Fact]
    public void Release_ByAnother_HasNoEffect()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        var state = key.State;

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Release(B));
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Release(LeaseId.None));
        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
    }

    [Fact]
    public void Release_WhileWaiting_IsNotACancel()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Release(B));
        Assert.Equal([B], key.Waiting);
    }

    [Fact]
    public void Cancel_OfAWaiter_TakesItOutOfTheQueue()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);

        Assert.Equal(new LockReply.Ended(EndReason.Cancelled), key.Cancel(B));
        Assert.Equal(["wait Cancelled"], key.Events);
        Assert.Equal(new LockReply.Ended(EndReason.Cancelled), key.Cancel(B));
        key.Release(A);
        Assert.Equal(C, key.Holder);
    }

    [Fact]
    public void Cancel_ThatRacesTheGrant_GivesTheLockBack()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Acquire(C);
        key.Release(A);
        var token = key.State.Holders[0].FencingToken;

        Assert.Equal(new LockReply.Ended(EndReason.Released, token, 1), key.Cancel(B));
        Assert.Equal(C, key.Holder);
        Assert.Equal(new LockReply.Ended(EndReason.Released), key.Cancel(B));
    }

    [Fact]
    public void Cancel_ThatOvertakesItsAcquire_TurnsItAway()
    {
        var key = new LockUnderTest();

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Cancel(A));
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Acquire(A)).Reason);
        Assert.Null(key.Holder);
        Assert.Equal(new LockReply.Ended(EndReason.Cancelled), key.Cancel(A));
    }

    [Fact]
    public void Cancel_OfNobody_RemembersNothing()
    {
        var key = new LockUnderTest();
        var state = key.State;

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Cancel(LeaseId.None));
        Assert.Same(state, key.State);
    }

    [Theory]
    [InlineData("expired", EndReason.Expired)]
    [InlineData("revoked", EndReason.Revoked)]
    [InlineData("dropped", EndReason.Dropped)]
    [InlineData("timed out", EndReason.TimedOut)]
    public void Cancel_AfterAnotherEnd_SaysWhich(string end, EndReason reason)
    {
        var key = new LockUnderTest();
        End(key, end);

        Assert.Equal(new LockReply.NotHeld(reason), key.Cancel(B));
        Assert.Equal(reason, key.State.Ended.Find(B));
    }

    [Fact]
    public void EndedAttempts_AreRememberedInTwoGenerations()
    {
        var key = new LockUnderTest();
        for (var number = 0; number < 129; number++)
        {
            key.Acquire(Of(number));
            key.Release(Of(number));
        }

        Assert.Equal(EndReason.None, key.State.Ended.Find(Of(0)));
        Assert.Equal(EndReason.Released, key.State.Ended.Find(Of(64)));
        Assert.Equal(EndReason.Released, key.State.Ended.Find(Of(128)));
        Assert.Equal(Enumerable.Range(113, 16).Select(Of), key.State.Ended.Youngest().Select(ended => ended.LeaseId));
    }

    [Fact]
    public void AttemptForgottenAndComeBack_CostsAShortLeaseAndNoMore()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Release(A);
        for (var number = 0; number < 200; number++)
            key.Cancel(Of(number));

        key.Granted(A);
        key.Acquire(B);
        key.Wait(Sec(5));
        key.Tick();

        Assert.Equal(B, key.Holder);
    }

    private static void End(LockUnderTest key, string how)
    {
        if (how is "released" or "expired" or "revoked" or "cancelled while holding")
        {
            key.Acquire(B);
            if (how == "released")
                key.Release(B);
            else if (how == "revoked")
                key.Revoke();
            else if (how == "expired")
                key.Wait(Sec(5));
            else
                key.Cancel(B);
            key.Tick();
            return;
        }

        key.Acquire(A, renews: false, lease: Sec(60));
        key.Acquire(B, wait: Sec(1));
        if (how == "cancelled while waiting")
        {
            key.Cancel(B);
            return;
        }

        if (how == "dropped")
        {
            key.Pass(Sec(28));
            return;
        }

        key.Wait(Sec(1));
        key.EndSlice(B);
    }
}
