using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

public sealed class RenewAndRevokeTests
{
    [Fact]
    public void Renew_OfTheFirstTerm_GivesTheFullLease()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        key.Wait(Sec(2));

        var lease = Assert.IsType<LockReply.Renewed>(key.Renew(A)).Lease;

        Assert.Equal((Sec(30), key.Now.Monotonic + Sec(30), token), (lease.Term, lease.ExpiresAt, lease.FencingToken));
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.True(key.Last.Dirty);
    }

    [Fact]
    public void Renew_TellsHowManyWait_TheUpgradeAmongThem()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        Assert.Equal(0, WaitersToldBy(A));
        key.Upgrade(A, 1);
        Assert.Equal((1, 1), (WaitersToldBy(A), WaitersToldBy(B)));
        key.Share(C);
        Assert.Equal((2, 2), (WaitersToldBy(A), WaitersToldBy(B)));
        key.CancelUpgrade(A, 1);
        Assert.Equal([A, B, C], key.Holders);
        Assert.Equal(0, WaitersToldBy(C));

        int WaitersToldBy(LeaseId leaseId) => Assert.IsType<LockReply.Renewed>(key.Renew(leaseId)).Waiters;
    }

    [Fact]
    public void Renew_AtTheLastInstant_IsInTime()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Wait(Sec(5) - Instant);

        Assert.IsType<LockReply.Renewed>(key.Renew(A));
    }

    [Fact]
    public void Renew_AtTheDeadline_IsTooLate()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Wait(Sec(5));

        Assert.Equal(new LockReply.NotHeld(EndReason.Expired), key.Renew(A));
        Assert.Null(key.Holder);
    }

    [Fact]
    public void Renew_AfterASuccessorWasGranted_IsTooLate()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Wait(Sec(5));

        Assert.Equal(new LockReply.NotHeld(EndReason.Expired), key.Renew(A));
        Assert.Equal(B, key.Holder);
        Assert.Equal(["lease Expired", "granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void Renew_Repeated_ExtendsButNeverShortens()
    {
        var key = new LockUnderTest();
        key.Acquire(A, lease: Sec(10));
        for (var renewal = 0; renewal < 20; renewal++)
        {
            var before = key.State.Holders[0].ExpiresAt;
            key.Renew(A);
            Assert.True(key.State.Holders[0].ExpiresAt >= before);
            key.Wait(Sec(9));
        }

        Assert.IsType<LockReply.Current>(key.Verify(A));
    }

    [Fact]
    public void Renew_ByAnother_NeverMakesAHolder()
    {
        var key = new LockUnderTest();
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Renew(A));
        key.Acquire(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Renew(B));
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Renew(C));
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Renew(LeaseId.None));
        Assert.Equal(A, key.Holder);
    }

    [Fact]
    public void Verify_SaysWhatIsAndChangesNothing()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        var state = key.State;

        Assert.Equal(token, Assert.IsType<LockReply.Current>(key.Verify(A)).Lease.FencingToken);
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Verify(B));
        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
    }

    [Fact]
    public void Revoke_ByItsToken_EndsTheHoldAndHandsOver()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.Ended(EndReason.Revoked, token, 1), key.Revoke(token));
        Assert.Equal(B, key.Holder);
        Assert.Equal(new LockReply.NotHeld(EndReason.Revoked), key.Renew(A));
    }

    [Fact]
    public void Revoke_OfAnyHolder_EndsWhicheverThereIs()
    {
        var key = new LockUnderTest();
        key.Acquire(A);

        Assert.Equal(EndReason.Revoked, Assert.IsType<LockReply.Ended>(key.Revoke()).Reason);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Revoke());
    }

    [Fact]
    public void Revoke_ByAStaleToken_TouchesNobodyElse()
    {
        var key = new LockUnderTest();
        var stale = key.Granted(A);
        key.Release(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Revoke(stale));
        Assert.Equal(B, key.Holder);
        Assert.Equal(AnswerAfter.Validation, key.Last.After);
    }

    [Fact]
    public void Revoke_OfAWaiter_IsNotPossible()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Acquire(B);
        key.Revoke();
        key.Revoke();

        Assert.Equal(EndReason.Revoked, key.State.Ended.Find(A));
        Assert.Equal(EndReason.Revoked, key.State.Ended.Find(B));
    }

    [Fact]
    public void Revoke_OfAll_EndsEveryHoldInOneStepAndSaysHowMany()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Share(C);
        key.Upgrade(A, 1);
        key.Acquire(D);
        var last = key.Hold(C).FencingToken;

        Assert.Equal(new LockReply.Ended(EndReason.Revoked, last, 3), key.Revoke());

        Assert.Equal(["upgrade Revoked", "lease Revoked", "lease Revoked", "lease Revoked", "granted"], key.Events);
        Assert.Equal(D, key.Holder);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
        Assert.All([A, B, C], leaseId => Assert.Equal(new LockReply.NotHeld(EndReason.Revoked), key.Renew(leaseId)));
    }

    [Fact]
    public void Revoke_OfOneAmongSeveral_LeavesTheOthers()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.Share(B);
        key.Share(C);
        var token = key.Hold(B).FencingToken;

        Assert.Equal(new LockReply.Ended(EndReason.Revoked, token, 1), key.Revoke(token));

        Assert.Equal([A, C], key.Holders);
        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Revoke(token));
        Assert.Equal([A, C], key.Holders);
    }

    [Fact]
    public void Revoke_ByTheTokenFromBeforeAnUpgrade_TouchesNothing()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        var stale = key.Hold(A).FencingToken;
        key.Upgrade(A, 1);

        Assert.Equal(new LockReply.NotHeld(EndReason.None), key.Revoke(stale));
        Assert.Equal(LockMode.Exclusive, key.Hold(A).Mode);
    }

    [Fact]
    public void Revoke_ByTheTokenOfADowngradedHold_EndsIt()
    {
        var key = new LockUnderTest();
        var token = key.Granted(A);
        key.Downgrade(A, 1);
        key.Share(B);

        Assert.Equal(new LockReply.Ended(EndReason.Revoked, token, 1), key.Revoke(token));
        Assert.Equal([B], key.Holders);
    }

    [Theory]
    [InlineData(0, AnswerAfter.Write)]
    [InlineData(20, AnswerAfter.Decision)]
    public void Release_IsAnsweredAsThePolicySays(int delay, AnswerAfter after)
    {
        var key = new LockUnderTest(new LockPolicy { ReleaseWriteDelay = Ms(delay) });
        key.Acquire(A);
        key.Release(A);
        Assert.Equal((after, true), (key.Last.After, key.Last.Dirty));

        key.Acquire(B);
        key.Cancel(B);
        Assert.Equal((after, true), (key.Last.After, key.Last.Dirty));
    }
}
