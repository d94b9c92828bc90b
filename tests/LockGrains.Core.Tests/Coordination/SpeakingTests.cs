using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Compare-and-set before speaking: nothing is told that a crash could take back.</summary>
public sealed class SpeakingTests
{
    [Fact]
    public void Grant_BeforeItsWrite_IsNotTold()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var acquire = key.Acquire(A);
        Assert.Equal(1, gate.Arrived);
        Assert.False(acquire.IsAnswered);
        Assert.Empty(key.Observer.Granted);

        world.Open(gate);
        Assert.Equal(acquire.Lease.FencingToken, Assert.Single(world.Record.Holders).FencingToken);
        Assert.Equal([A], key.Observer.Granted);
    }

    [Fact]
    public void HandOver_BeforeItsWrite_IsToldToNobody()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var next = key.Acquire(B);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var release = key.Release(A);
        Assert.False(release.IsAnswered);
        Assert.False(next.IsAnswered);

        world.Open(gate);
        Assert.Equal(EndReason.Released, release.Ended);
        Assert.Equal(B, next.Lease.LeaseId);
    }

    [Fact]
    public void Renewal_BeforeItsWrite_IsNotTold()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var renew = key.Renew(A);
        Assert.False(renew.IsAnswered);

        world.Open(gate);
        Assert.Equal(Sec(30), Assert.IsType<LockReply.Renewed>(renew.Reply).Lease.Term);
        Assert.Equal(Sec(30), Assert.Single(world.Record.Holders).Term);
    }

    [Fact]
    public void Revocation_BeforeItsWrite_IsNotTold()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);

        var revoke = key.Revoke();
        Assert.False(revoke.IsAnswered);

        world.Open(gate);
        Assert.Equal(EndReason.Revoked, revoke.Ended);
        Assert.Empty(world.Record.Holders);
    }

    [Fact]
    public void Expiry_HandsOverOnlyWithItsWrite()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var next = key.Acquire(B);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);

        world.Advance(Sec(5));
        Assert.False(next.IsAnswered);

        world.Open(gate);
        Assert.Equal(B, next.Lease.LeaseId);
    }

    [Fact]
    public void Read_WhileAWriteIsOnItsWay_ShowsNothingUnwritten()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Renew(A);

        var read = key.StartRead();
        Assert.False(read.IsCompleted);
        Assert.DoesNotContain(key.Observer.Events, lockEvent => lockEvent is LockEvent.LeaseRenewed);

        world.Open(gate);
        Assert.Equal(Sec(30), Assert.Single(Activation.ResultOf(read).Holders).Term);
    }

    [Fact]
    public void Release_LostInACrash_CostsOneLeaseOfWaitingAndNoMore()
    {
        var world = new LockWorld();
        var first = world.Activate();
        var token = first.Acquire(A).Lease.FencingToken;
        first.Release(A);

        var second = world.Replace(first);
        var acquire = second.Acquire(B);
        Assert.False(acquire.IsAnswered);
        world.Advance(Sec(5) - Instant);
        Assert.False(acquire.IsAnswered);

        world.Advance(Instant);
        Assert.True(acquire.Lease.FencingToken > token);
    }

    [Fact]
    public void ValidFor_OfAGrantAfterAWait_CountsFromTheArrivalOfTheCall()
    {
        var world = new LockWorld();
        var key = world.Activate();
        Assert.Equal(Sec(5), key.Acquire(A).Answer.ValidFor);
        world.Advance(Sec(1));
        var next = key.Acquire(B);

        world.Advance(Sec(3));
        key.Release(A);

        Assert.Equal(Sec(3) + Sec(5), next.Answer.ValidFor);
    }

    [Fact]
    public void ValidFor_OfARepeatedRequest_CountsFromItsOwnArrival()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        world.Advance(Sec(2));

        Assert.Equal(Sec(3), key.Acquire(A).Answer.ValidFor);
        Assert.Equal(Sec(3), key.Verify(A).Answer.ValidFor);
        Assert.Equal(Sec(30), key.Renew(A).Answer.ValidFor);
    }

    [Fact]
    public void Policy_OutOfRange_IsRefusedByName()
    {
        var world = new LockWorld();

        var exception = Assert.Throws<ArgumentException>(() => world.Activate(new LockPolicy { QueueLimit = 0 }));

        Assert.StartsWith("QueueLimit is 0; it must be from 1 to 1000000.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ReadByItsCaller_IsWhatThatMakesOfItOnceItIsWritten()
    {
        var world = new LockWorld();
        var key = world.Activate();
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        var reads = 0;
        Task<string> reading = null!;
        world.Together(() => reading = key.Coordinator.ExecuteAsync(
            new LockCommand.Acquire(new LockRequest(A, "", LockMode.Exclusive, Sec(10), true), TimeSpan.Zero), answer => $"{++reads} {answer.Reply.GetType().Name}"));
        Assert.Equal(0, reads);
        world.Open(gate);

        Assert.Equal("1 Granted", await reading);
    }

    [Fact]
    public async Task Answer_ReadByACallerThatThrows_IsItsOwnTroubleOnly()
    {
        var world = new LockWorld();
        var key = world.Activate();
        Task<string> reading = null!;
        world.Together(() => reading = key.Coordinator.ExecuteAsync<string>(
            new LockCommand.Acquire(new LockRequest(A, "", LockMode.Exclusive, Sec(10), true), TimeSpan.Zero), _ => throw new FormatException("reader")));

        await Assert.ThrowsAsync<FormatException>(() => reading);
        Assert.True(key.Coordinator.IsAlive);
        Assert.True(key.Release(A).IsAnswered);
    }
}
