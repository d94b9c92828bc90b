using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>One id, one request: a repetition with another owner, mode or number of permits would share the hold of somebody else.</summary>
public sealed class RepeatedRequestTests
{
    private static readonly LockRequest Request = new(A, "worker", LockMode.Shared, Sec(30), Renews: true) { Permits = 2, Limit = 5 };

    [Theory]
    [InlineData("owner", true)]
    [InlineData("owner", false)]
    [InlineData("no owner", true)]
    [InlineData("no owner", false)]
    [InlineData("exclusive", true)]
    [InlineData("exclusive", false)]
    [InlineData("upgradeable", true)]
    [InlineData("upgradeable", false)]
    [InlineData("permits", true)]
    [InlineData("permits", false)]
    [InlineData("limit", true)]
    [InlineData("limit", false)]
    [InlineData("no limit", true)]
    [InlineData("no limit", false)]
    public void Id_OfAnotherRequest_IsRefusedNamingItAndChangesNothing(string what, bool holds)
    {
        var key = With(Request, holds);
        var state = key.State;

        var denied = Assert.IsType<LockReply.Denied>(key.Do(new LockCommand.Acquire(Other(what), Forever)));

        Assert.Equal(DenyReason.Invalid, denied.Reason);
        Assert.Equal("LeaseId belongs to a request of owner 'worker' (Shared, 2 permits of 5); another request must have one of its own.", denied.Detail);
        Assert.Same(state, key.State);
        Assert.Equal(AnswerAfter.Decision, key.Last.After);
    }

    [Theory]
    [InlineData(LockMode.Exclusive, "(Exclusive)")]
    [InlineData(LockMode.Upgradeable, "(Upgradeable)")]
    [InlineData(LockMode.Shared, "(Shared, 1 permits)")]
    public void Id_OfAnotherRequest_IsNamedWithItsModeAndPermits(LockMode mode, string says)
    {
        var key = With(new LockRequest(A, "", mode, Sec(30), Renews: true), holds: true);

        var denied = Assert.IsType<LockReply.Denied>(key.Do(new LockCommand.Acquire(Request, Forever)));

        Assert.Contains($"of owner '' {says};", denied.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Repetition_WithAnotherLeaseOrWait_IsTheSameRequest(bool holds)
    {
        var key = With(Request, holds);

        var reply = key.Do(new LockCommand.Acquire(Request with { Duration = Sec(20), Renews = false }, Sec(7), Sec(3), Sec(1)));

        Assert.Equal(holds, reply is LockReply.Granted);
        Assert.Equal(!holds, reply is LockReply.Queued);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Id_OfAnotherRequest_AfterAFailover_IsStillRefused(bool holds)
    {
        var key = With(Request, holds);
        key.Restore();

        Assert.Equal(DenyReason.Invalid, Assert.IsType<LockReply.Denied>(key.Do(new LockCommand.Acquire(Other("owner"), Forever))).Reason);
    }

    [Fact]
    public void Repetition_OfTheRequestOfAHoldThatWasChanged_IsGrantedWhatItIs()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Upgrade(A, 1);

        Assert.Equal(new LockReply.Granted(key.Hold(A)), key.ShareToUpgrade(A));
        Assert.Equal(DenyReason.Invalid, Assert.IsType<LockReply.Denied>(key.Ask(A, LockMode.Exclusive)).Reason);
    }

    [Fact]
    public void Repetition_OfTheRequestWhoseUpgradeWaits_TouchesTheUpgradeNot()
    {
        var key = new LockUnderTest();
        key.ShareToUpgrade(A);
        key.Share(B);
        key.Upgrade(A, 1);
        var state = key.State;
        key.Wait(Sec(1));

        Assert.Equal(new LockReply.Granted(key.Hold(A)), key.ShareToUpgrade(A));
        Assert.Same(state, key.State);
    }

    [Fact]
    public void Id_OfARequestThatIsOver_IsOverForEverybody()
    {
        var key = With(Request, holds: true);
        key.Release(A);

        Assert.Equal(DenyReason.Ended, Assert.IsType<LockReply.Denied>(key.Do(new LockCommand.Acquire(Other("owner"), Forever))).Reason);
    }

    private static LockUnderTest With(LockRequest request, bool holds)
    {
        var key = new LockUnderTest();
        if (!holds)
            key.Acquire(B);
        key.Do(new LockCommand.Acquire(request, Forever));
        Assert.Equal(holds, key.State.FindHolder(request.LeaseId) is not null);
        return key;
    }

    private static LockRequest Other(string what) => what switch
    {
        "owner" => Request with { OwnerId = "Worker" },
        "no owner" => Request with { OwnerId = "" },
        "exclusive" => new LockRequest(A, "worker", LockMode.Exclusive, Sec(30), Renews: true),
        "upgradeable" => new LockRequest(A, "worker", LockMode.Upgradeable, Sec(30), Renews: true),
        "permits" => Request with { Permits = 3 },
        "limit" => Request with { Limit = 6 },
        _ => Request with { Limit = 0 },
    };
}
