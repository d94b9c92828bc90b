using LockGrains.Core.Tests.StateMachine;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Listing;

/// <summary>What a list shows of a lock.</summary>
public sealed class LockSummariesTests
{
    private readonly LockUnderTest _key = new();

    private LockSummary Shown => LockSummaries.Of("key", _key.State, _key.Now.Monotonic);

    [Fact]
    public void FreeLock_IsNotListed()
    {
        _key.Acquire(A);
        _key.Release(A);

        Assert.Equal((false, false, false), Listed());
    }

    [Fact]
    public void HeldLock_IsListedAsHeld()
    {
        var token = _key.Granted(A, renews: false);
        _key.Wait(Sec(12));

        Assert.Equal((true, true, false), Listed());
        Assert.Equal(
            new LockSummary
            {
                Key = "key",
                HolderCount = 1,
                OwnerId = "somebody",
                FencingToken = token.Value,
                PermitsTaken = 1,
                HeldFor = Sec(12),
                ExpiresIn = Sec(18),
            },
            Shown);
    }

    [Fact]
    public void LockThatIsWaitedFor_HasItsQueueAndTheLongestWait()
    {
        _key.Acquire(A);
        _key.Acquire(B);
        _key.Wait(Sec(2));
        _key.Acquire(C);
        _key.Wait(Sec(3));

        Assert.Equal((true, true, true), Listed());
        Assert.Equal((2, Sec(5), false), (Shown.QueueLength, Shown.LongestWait, Shown.IsUpgrading));
    }

    [Fact]
    public void Upgrade_ThatWaits_IsWaitedForWithoutAQueue()
    {
        _key.ShareToUpgrade(A);
        _key.Share(B);
        _key.Upgrade(A, change: 1);
        _key.Wait(Sec(3));

        Assert.Equal((true, true, true), Listed());
        Assert.Equal((2, 0, Sec(3), true, LockMode.Upgradeable), (Shown.HolderCount, Shown.QueueLength, Shown.LongestWait, Shown.IsUpgrading, Shown.Mode));
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(3, 0, 3)]
    [InlineData(0, 5, 5)]
    [InlineData(3, 5, 3)]
    [InlineData(5, 3, 3)]
    public void Limit_IsTheSmallerOfTheHoldersAndTheKeys(int ofHolder, int ofKey, int? shown)
    {
        _key.Share(A, permits: 2, limit: ofHolder);
        if (ofKey > 0)
            _key.State = _key.State with { Data = KeyData.None with { Limit = ofKey, LimitVersion = 1 } };

        Assert.Equal((shown, 2L), (Shown.Limit, Shown.PermitsTaken));
    }

    [Fact]
    public void HoldThatIsHeldBack_IsHeldAndSaysSo()
    {
        _key.Do(new LockCommand.Acquire(new LockRequest(A, "somebody", LockMode.Exclusive, Sec(30), Renews: false) { Delay = Sec(10) }, Forever));
        _key.Wait(Sec(31));

        Assert.Equal((true, true, false), Listed());
        Assert.Equal((true, Sec(9)), (Shown.IsHeldBack, Shown.ExpiresIn));
    }

    [Fact]
    public void Time_IsNoChange_AndAllElseIs()
    {
        var before = new LockSummary { Key = "key", HolderCount = 1, OwnerId = "alice", FencingToken = 7, PermitsTaken = 1 };
        Assert.False(LockSummaries.IsChange(before, before with { HeldFor = Sec(1), ExpiresIn = Sec(1), LongestWait = Sec(1) }));
        LockSummary[] changes =
        [
            before with { HolderCount = 2 }, before with { OwnerId = "bob" }, before with { FencingToken = 8 }, before with { Mode = LockMode.Shared }, before with { PermitsTaken = 2 },
            before with { Limit = 3 }, before with { IsHeldBack = true }, before with { QueueLength = 1 }, before with { IsUpgrading = true },
        ];

        Assert.All(changes, after => Assert.True(LockSummaries.IsChange(before, after)));
    }

    private (bool All, bool Held, bool Waited) Listed() =>
        (LockSummaries.IsListed(_key.State, LockListState.All), LockSummaries.IsListed(_key.State, LockListState.Held), LockSummaries.IsListed(_key.State, LockListState.Waited));
}
