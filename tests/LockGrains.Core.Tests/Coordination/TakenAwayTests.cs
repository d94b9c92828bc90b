using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>
/// What gathers is decided in one step and written once. Who was granted something in it that the same step took away again is told of the end: the
/// record never had it, and the next one in line may hold the lock already.
/// </summary>
public sealed class TakenAwayTests
{
    private readonly LockWorld _world = new();

    [Fact]
    public void Grant_ItsSessionEndsInTheSameStep_IsToldOfTheEnd()
    {
        var (key, call) = (Activate(), default(Call));

        _world.Together(() =>
        {
            call = key.Under(A, Session(1));
            key.Execute(new LockCommand.EndSession(Session(1)));
        });

        Assert.Equal(DenyReason.SessionEnded, call!.DenyReason);
        Assert.Empty(_world.Record.Holders);
    }

    [Fact]
    public void GrantToAWaiter_ItsSessionEndsInTheSameStep_IsToldOfTheEndAndTheNextHoldsIt()
    {
        var key = Activate();
        key.Acquire(C);
        var (first, next) = (key.Under(A, Session(1), beats: Sec(6)), key.Acquire(B, beats: Sec(6)));

        _world.Together(() =>
        {
            // Written by itself: what comes meanwhile gathers.
            key.Renew(C);
            key.Release(C);
            key.Execute(new LockCommand.EndSession(Session(1)));
        });

        Assert.Equal(DenyReason.SessionEnded, first.DenyReason);
        Assert.True(next.IsGranted);
        Assert.Equal([B], _world.Record.Holders.Select(lease => lease.LeaseId));
    }

    /// <summary>The reader's end lets the upgrade in, and the same step ends the session of the hold.</summary>
    [Fact]
    public void Upgrade_ItsSessionEndsInTheSameStep_IsToldOfTheEndAndTheNextHoldsIt()
    {
        var key = Activate();
        key.Under(A, Session(1), mode: LockMode.Upgradeable);
        key.Share(C);
        var upgrade = key.Upgrade(A, 1, beats: Sec(6));
        var next = key.Acquire(B, beats: Sec(6));

        _world.Together(() =>
        {
            // Written by itself: what comes meanwhile gathers.
            key.Renew(C);
            key.Release(C);
            key.Execute(new LockCommand.EndSession(Session(1)));
        });

        Assert.Equal(DenyReason.SessionEnded, upgrade.DenyReason);
        Assert.True(next.IsGranted);
    }

    [Fact]
    public void Grant_RevokedInTheSameStep_IsToldThatItIsOver()
    {
        var (key, call) = (Activate(), default(Call));

        _world.Together(() =>
        {
            call = key.Acquire(A);
            key.Revoke();
        });

        Assert.Equal(DenyReason.Ended, call!.DenyReason);
        Assert.Empty(_world.Record.Holders);
    }

    [Fact]
    public void WhatIsSaidOfAHold_ThatIsRevokedInTheSameStep_IsThatItIsNotHeld()
    {
        var key = Activate();
        key.ShareToUpgrade(A);
        Call[] calls = [];

        _world.Together(() =>
        {
            key.Renew(A);
            calls = [key.Renew(A), key.Verify(A), key.Downgrade(A, 1)];
            key.Revoke();
        });

        Assert.All(calls, call => Assert.Equal(EndReason.Revoked, call.NotHeld));
    }

    /// <summary>Its holder asked for the end itself, and knows of it.</summary>
    [Fact]
    public void Grant_ReleasedInTheSameStep_IsTold()
    {
        var (key, call) = (Activate(), default(Call));

        _world.Together(() =>
        {
            call = key.Acquire(A);
            key.Release(A);
        });

        Assert.True(call!.IsGranted);
    }

    private Activation Activate() => _world.Activate();
}
