using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Holds under a session: they end with it, though their own leases go on.</summary>
public sealed class SessionTests
{
    private readonly LockUnderTest _key = new();

    /// <summary>A short first lease would cost a renewal of each hold, which a session is to spare.</summary>
    [Fact]
    public void Grant_UnderASession_HasItsFullLeaseAtOnce()
    {
        var lease = Assert.IsType<LockReply.Granted>(Under(A, Session(1))).Lease;

        Assert.Equal((Sec(600), _key.Now.Monotonic + Sec(600)), (lease.Term, lease.ExpiresAt));
        Assert.Equal(Session(1), lease.Request.Session);
    }

    [Fact]
    public void Grant_UnderNoSession_HasItsShortFirstLease() => Assert.Equal(Sec(5), Assert.IsType<LockReply.Granted>(_key.Acquire(A)).Lease.Term);

    [Fact]
    public void SessionEnds_HoldUnderIt_IsHandedOnInTheSameStep()
    {
        Under(A, Session(1));
        var token = _key.Hold(A).FencingToken;
        _key.Acquire(B);

        Assert.Equal(new LockReply.Ended(EndReason.SessionEnded, token, 1), End(Session(1)));
        Assert.Equal(B, _key.Holder);
        Assert.Equal(["lease SessionEnded", "granted"], _key.Events);
        Assert.Equal(AnswerAfter.Write, _key.Last.After);
    }

    [Fact]
    public void SessionEnds_AllOfItsHolds_EndAndNoOthers()
    {
        Under(A, Session(1), LockMode.Shared);
        Under(B, Session(2), LockMode.Shared);
        Under(C, Session(1), LockMode.Shared);
        _key.Share(D);

        Assert.Equal(2, Assert.IsType<LockReply.Ended>(End(Session(1))).Count);
        Assert.Equal([B, D], _key.Holders);
    }

    /// <summary>A session that was opened again under the same id inherits nothing, and its end takes nothing.</summary>
    [Fact]
    public void SessionEnds_HoldUnderAnotherOfTheSameId_GoesOn()
    {
        Under(A, Session(1));

        Assert.IsType<LockReply.NotHeld>(End(Session(1) with { Token = new FencingToken(2) }));
        Assert.Equal(A, _key.Holder);
        Assert.False(_key.Last.Dirty);
    }

    [Fact]
    public void SessionEnds_ThoseWhoWaitUnderIt_WaitNoMore()
    {
        _key.Acquire(A);
        Under(B, Session(1));
        _key.Acquire(C);

        End(Session(1));
        Assert.Equal([C], _key.Waiting);
        Assert.Equal(["wait SessionEnded"], _key.Events);
        Assert.Equal(DenyReason.SessionEnded, Assert.IsType<LockReply.Denied>(Under(B, Session(1))).Reason);
    }

    [Fact]
    public void SessionEnds_WhileItsUpgradeWaits_EndsBoth()
    {
        Under(A, Session(1), LockMode.Upgradeable);
        _key.Share(B);
        _key.Upgrade(A, change: 1);

        End(Session(1));
        Assert.Equal([B], _key.Holders);
        Assert.Null(_key.State.Upgrade);
        Assert.Equal(["upgrade SessionEnded", "lease SessionEnded"], _key.Events);
    }

    [Fact]
    public void SessionEnded_ItsHolderIsToldWhy()
    {
        Under(A, Session(1));
        End(Session(1));

        Assert.Equal(EndReason.SessionEnded, Assert.IsType<LockReply.NotHeld>(_key.Renew(A)).Reason);
        Assert.Equal(DenyReason.SessionEnded, Assert.IsType<LockReply.Denied>(Under(A, Session(1))).Reason);
    }

    [Fact]
    public void SessionEnds_ValueOfItsHold_GoesWithIt()
    {
        Under(A, Session(1));
        _key.Do(new LockCommand.SetValue(A, new NewValue([1], null), IfVersion: 0));

        End(Session(1));
        Assert.Null(_key.State.Data!.Value);
    }

    /// <summary>The backstop, where nobody can say what became of the session.</summary>
    [Fact]
    public void Hold_WhoseSessionNobodyAsksAfter_EndsByItsOwnLease()
    {
        Under(A, Session(1));
        _key.Pass(Sec(600) - Instant);
        Assert.Equal(A, _key.Holder);

        _key.Pass(Instant);
        Assert.Null(_key.Holder);
    }

    [Fact]
    public void Restored_HoldIsUnderItsSessionStill()
    {
        Under(A, Session(1));
        _key.Acquire(B);
        _key.Restore();
        Assert.Equal(_key.Now.Monotonic + Sec(600), _key.Hold(A).ExpiresAt);

        End(Session(1));
        Assert.Empty(_key.State.Holders);
    }

    /// <summary>Else the end of one session would end what is held under the other.</summary>
    [Fact]
    public void Request_RepeatedUnderAnotherSession_IsRefused()
    {
        Under(A, Session(1));

        Assert.Equal(DenyReason.Invalid, Assert.IsType<LockReply.Denied>(Under(A, Session(2))).Reason);
        Assert.Equal(DenyReason.Invalid, Assert.IsType<LockReply.Denied>(_key.Ask(A, LockMode.Exclusive)).Reason);
    }

    [Theory]
    [InlineData("s", 0, "SessionToken is 0; it must be the fencing token of the session.")]
    [InlineData("s", -1, "SessionToken is -1; it must be the fencing token of the session.")]
    [InlineData("s", long.MaxValue, "SessionToken is 9223372036854775807; it must be the fencing token of the session.")]
    [InlineData("", 1, "SessionId must be the id of a session, as it was opened.")]
    [InlineData("a\n", 1, "SessionId must be the id of a session, as it was opened.")]
    public void Session_ThatCannotBe_IsRefused(string id, long token, string problem)
    {
        var denied = Assert.IsType<LockReply.Denied>(Under(A, new SessionRef(id, new FencingToken(token))));

        Assert.Equal((DenyReason.Invalid, problem), (denied.Reason, denied.Detail));
        Assert.Empty(_key.State.Holders);
    }

    [Fact]
    public void AskEnd_OfACurrentHold_IsNoAndNeedsNoWrite()
    {
        var token = _key.Granted(A);

        Assert.Equal(new LockReply.EndIs(IsOver: false), AskEnd(token));
        Assert.Equal((AnswerAfter.RecentValidation, false), (_key.Last.After, _key.Last.Dirty));
    }

    /// <summary>The rule that matters most: an end that is told from memory could be lost, and the session would live on beside the next holder.</summary>
    [Fact]
    public void AskEnd_OfAHoldThatIsOver_IsToldOnlyWhenItIsStored()
    {
        var token = _key.Granted(A);
        _key.Release(A);

        Assert.Equal(new LockReply.EndIs(IsOver: true), AskEnd(token));
        Assert.Equal(AnswerAfter.Stored, _key.Last.After);
    }

    [Fact]
    public void AskEnd_OfAHoldWhoseLeaseRanOut_EndsItFirst()
    {
        var token = _key.Granted(A);
        _key.Wait(Sec(5));

        Assert.Equal(new LockReply.EndIs(IsOver: true), AskEnd(token));
        Assert.Equal((AnswerAfter.Stored, true), (_key.Last.After, _key.Last.Dirty));
    }

    [Fact]
    public void AskEnd_OfAnEarlierHold_IsYes()
    {
        var token = _key.Granted(A);
        _key.Release(A);
        _key.Granted(B);

        Assert.Equal(new LockReply.EndIs(IsOver: true), AskEnd(token));
    }

    /// <summary>Such a hold may have been granted, and lost by the storage: its session may live.</summary>
    [Fact]
    public void AskEnd_OfATokenThatWasNotDrawn_IsNo()
    {
        var token = _key.Granted(A);
        _key.Release(A);

        Assert.Equal(new LockReply.EndIs(IsOver: false), AskEnd(new FencingToken(token.Value + 1)));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void AskEnd_WhereThereIsNoRecord_IsYesBelowTheTokensThatItWouldBeginWith(int beyond, bool isOver)
    {
        var now = _key.Now with { IsStored = false };
        var transition = LockStateMachine.Apply(_key.State, new LockCommand.AskEnd(new FencingToken(_key.State.LastToken.Value + beyond)), now, new LockPolicy());

        Assert.Equal(new LockReply.EndIs(isOver), transition.Reply);
        Assert.Equal(isOver ? AnswerAfter.Stored : AnswerAfter.RecentValidation, transition.After);
    }

    private LockReply Under(LeaseId leaseId, SessionRef session, LockMode mode = LockMode.Exclusive) => _key.Do(
        new LockCommand.Acquire(new LockRequest(leaseId, "somebody", mode, Sec(600), Renews: true) { Session = session }, Forever));

    private LockReply End(SessionRef session) => _key.Do(new LockCommand.EndSession(session));

    private LockReply AskEnd(FencingToken token) => _key.Do(new LockCommand.AskEnd(token));
}
