using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Holds side by side: readers, and the writers whom they keep out and who keep them out.</summary>
public sealed class SharedTests
{
    [Fact]
    public void Readers_OfAFreeLock_HoldItSideBySide()
    {
        var key = new LockUnderTest();
        var first = Assert.IsType<LockReply.Granted>(key.Share(A)).Lease;
        var second = Assert.IsType<LockReply.Granted>(key.Share(B)).Lease;

        Assert.Equal((LockMode.Shared, 1), (second.Mode, second.Permits));
        Assert.Null(second.Extent);
        Assert.Equal([A, B], key.Holders);
        Assert.True(second.FencingToken > first.FencingToken);
        Assert.Equal(["granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void Readers_ThatWaitTogether_AreGrantedInOneStep()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.Share(B));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Share(C));
        Assert.Equal(new LockReply.Queued(3, 3, 3), key.Share(D));

        key.Release(A);

        Assert.Equal([B, C, D], key.Holders);
        Assert.Empty(key.Waiting);
        Assert.Equal(["lease Released", "granted", "granted", "granted"], key.Events);
        Assert.Equal(key.State.Holders.Select(lease => lease.FencingToken).Order(), key.State.Holders.Select(lease => lease.FencingToken));
        Assert.Equal(3, key.State.Holders.Select(lease => lease.FencingToken).Distinct().Count());
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    [Fact]
    public void Writer_BehindReaders_KeepsLaterReadersOut()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.Acquire(B);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 1), key.TryShare(C));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Share(D));

        key.Release(A);
        Assert.Equal(B, key.Holder);
        Assert.Equal([D], key.Waiting);
        key.Release(B);
        Assert.Equal(D, key.Holder);
    }

    [Fact]
    public void Readers_UpToTheNextWriter_AreGrantedTogether()
    {
        var key = new LockUnderTest();
        key.Acquire(A);
        key.Share(Of(1));
        key.Share(Of(2));
        key.Acquire(Of(3));
        key.Share(Of(4));

        key.Release(A);
        Assert.Equal([Of(1), Of(2)], key.Holders);
        key.Release(Of(1));
        Assert.Equal([Of(2)], key.Holders);
        key.Release(Of(2));
        Assert.Equal([Of(3)], key.Holders);
        key.Release(Of(3));
        Assert.Equal([Of(4)], key.Holders);
    }

    [Fact]
    public void Reader_BehindAWriterThatIsCancelled_ComesInInThatStep()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.Acquire(B);
        key.Share(C);

        key.Cancel(B);

        Assert.Equal([A, C], key.Holders);
        Assert.Equal(["wait Cancelled", "granted"], key.Events);
        Assert.Equal(AnswerAfter.Write, key.Last.After);
    }

    /// <summary>Nobody passes the first in line, though it is a reader, and the reader behind it would fit.</summary>
    [Fact]
    public void ReaderThatIsNotThere_KeepsThoseBehindItOutUntilItIsDropped()
    {
        var key = new LockUnderTest();
        key.Acquire(A, renews: false, lease: Sec(60));
        key.Share(B);
        key.Share(C, beats: Sec(6));
        key.Detach(B);
        key.Release(A);
        Assert.Empty(key.Holders);
        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 2), key.TryShare(D));

        for (var beat = 0; beat < 3; beat++)
        {
            key.Pass(Sec(6));
            Assert.Equal([2], key.Beat(C));
        }

        key.Pass(Sec(2) - Instant);
        Assert.Empty(key.Holders);
        key.Pass(Instant);
        Assert.Equal(C, key.Holder);
        Assert.Equal(["wait Dropped", "granted"], key.Events);
    }

    [Fact]
    public void UpgradeableHold_SharesWithReaders_AndThereIsOneOfItsKind()
    {
        var key = new LockUnderTest();
        Assert.IsType<LockReply.Granted>(key.ShareToUpgrade(A));
        Assert.IsType<LockReply.Granted>(key.Share(B));
        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.ShareToUpgrade(C, wait: TimeSpan.Zero));
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.ShareToUpgrade(C));
        Assert.Equal(new LockReply.Queued(2, 2, 2), key.Share(D));

        key.Release(A);

        Assert.Equal([B, C, D], key.Holders);
        Assert.Equal([LockMode.Shared, LockMode.Upgradeable, LockMode.Shared], key.State.Holders.Select(lease => lease.Mode));
    }

    [Theory]
    [InlineData(LockMode.Shared)]
    [InlineData(LockMode.Upgradeable)]
    public void Writer_WaitsForWhoeverHolds_AndLetsNobodyIn(LockMode mode)
    {
        var key = new LockUnderTest();
        key.Ask(A, mode);
        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.Try(B));
        key.Acquire(B);
        key.Release(A);
        Assert.Equal(B, key.Holder);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.Ask(C, mode, wait: TimeSpan.Zero));
        Assert.IsType<LockReply.Queued>(key.Ask(C, mode));
    }

    [Fact]
    public void HoldersMax_OnceReached_LetsMoreReadersWait()
    {
        var key = new LockUnderTest(new LockPolicy { HoldersMax = 2 });
        key.Share(A);
        key.Share(B);

        Assert.Equal(new LockReply.Denied(DenyReason.Busy, 0), key.TryShare(C));
        Assert.Equal(new LockReply.Queued(1, 1, 1), key.Share(C));
        key.Release(A);

        Assert.Equal([B, C], key.Holders);
    }

    [Fact]
    public void HoldersMax_LoweredBelowThoseWhoHold_TakesTheLockFromNobody()
    {
        var before = new LockUnderTest();
        before.Share(A);
        before.Share(B);
        before.Share(C);
        var key = new LockUnderTest(new LockPolicy { HoldersMax = 2 }) { State = before.State };

        key.Share(D);
        key.Release(A);
        Assert.Equal([B, C], key.Holders);
        key.Release(B);
        Assert.Equal([C, D], key.Holders);
    }

    [Fact]
    public void ReaderThatReleases_TouchesNobodyElse()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.Share(B);
        var other = key.Hold(B);
        key.Acquire(C);
        key.Release(A);

        Assert.Equal(["lease Released"], key.Events);
        Assert.Equal(other, key.Hold(B));
        Assert.Equal(new LockReply.NotHeld(EndReason.Released), key.Renew(A));
    }

    [Fact]
    public void Renewal_ByOneReader_ExtendsItsOwnLeaseOnly()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.Share(B);
        var other = key.Hold(B);
        key.Wait(Sec(10));

        key.Renew(A);

        Assert.Equal(key.Now.Monotonic + Sec(3600), key.Hold(A).ExpiresAt);
        Assert.Equal(other, key.Hold(B));
    }

    [Fact]
    public void Readers_WhoseLeasesRunOutTogether_MakeRoomForTheWriterInThatStep()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.Share(B);
        key.Wait(Sec(3600) - Sec(1));
        key.Acquire(C);
        key.Wait(Sec(1) - Instant);
        key.Tick();
        Assert.Equal([A, B], key.Holders);
        Assert.Equal(key.Now.Monotonic + Instant, key.NextDeadline);

        key.Wait(Instant);
        key.Tick();

        Assert.Equal(C, key.Holder);
        Assert.Equal(["lease Expired", "lease Expired", "granted"], key.Events);
    }

    [Fact]
    public void Readers_AfterAFailover_StillHoldSideBySide()
    {
        var key = new LockUnderTest();
        key.Share(A);
        key.ShareToUpgrade(B);
        key.Restore();

        Assert.Equal([LockMode.Shared, LockMode.Upgradeable], key.State.Holders.Select(lease => lease.Mode));
        Assert.IsType<LockReply.Granted>(key.Share(C));
        Assert.IsType<LockReply.Queued>(key.ShareToUpgrade(D));
    }
}
