using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A key that nobody uses leaves nothing behind, and its tokens grow on.</summary>
public sealed class ForgettingTests : SilentKeys
{
    [Fact]
    public void UnusedKey_IsDeleted_AndItsHostIsTold()
    {
        var key = Used();

        World.Advance(Silence - Sec(2));
        Assert.NotEmpty(World.Records.Names);
        World.Advance(Sec(2));

        Assert.Empty(World.Records.Names);
        Assert.True(Assert.Single(key.Observer.Forgotten));
        Assert.True(key.Observer.IsUnused);
    }

    [Fact]
    public void KeyThatWasNeverStored_IsToldToBeUnused_WithoutADeletion()
    {
        var key = World.Activate();
        Assert.NotNull(key.State);

        World.Advance(Silence + Sec(1));

        Assert.False(Assert.Single(key.Observer.Forgotten));
        Assert.Equal(0, key.Store.Deletes(RecordName.Lock));
    }

    [Fact]
    public void ForgottenKey_TakenAgain_HasALargerToken_AndIsForgottenAgain()
    {
        var key = Used(out var token);
        World.Advance(Silence);
        Assert.Empty(World.Records.Names);

        var again = key.Acquire(B).Lease.FencingToken;
        Assert.True(again > token);
        key.Release(B);
        World.Advance(Silence + Sec(1));

        Assert.Empty(World.Records.Names);
        Assert.Equal([true, true], key.Observer.Forgotten);
    }

    [Theory]
    [InlineData("acquire")]
    [InlineData("renew")]
    [InlineData("release")]
    [InlineData("cancel")]
    [InlineData("verify")]
    [InlineData("revoke")]
    public void AnyUse_PutsItOff_AndReadingDoesNot(string use)
    {
        var key = Used();
        for (var second = 0; second < 10; second++)
        {
            World.Advance(Silence / 2);
            _ = use switch
            {
                "acquire" => key.Acquire(default),
                "renew" => key.Renew(B),
                "release" => key.Release(B),
                "cancel" => key.Cancel(default),
                "verify" => key.Verify(B),
                _ => key.Revoke(),
            };
        }

        Assert.NotEmpty(World.Records.Names);
        World.Advance(Silence / 2);
        Assert.NotNull(key.State);
        World.Advance(Silence / 2);
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void HeldKey_IsKept_HoweverLongNobodyCalls()
    {
        var key = World.Activate();
        key.Acquire(A, renews: false, lease: TimeSpan.FromHours(24));

        World.Advance(TimeSpan.FromHours(23));
        Assert.NotEmpty(World.Records.Names);

        // Its lease runs out unheard; that is written, and then nothing is left to keep.
        World.Advance(TimeSpan.FromHours(2));
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void AwaitedKey_IsKept()
    {
        var world = new LockWorld(Policy with { LeaseMax = TimeSpan.FromDays(2) });
        var key = world.Activate();
        key.Acquire(A, renews: false, lease: TimeSpan.FromDays(1));
        for (var minute = 0; minute < 20; minute++)
        {
            key.Acquire(B, slice: Sec(4));
            world.Advance(Sec(4));
            world.Advance(Sec(4));
        }

        Assert.NotEmpty(world.Records.Names);
        Assert.Empty(key.Observer.Forgotten);
    }

    [Fact]
    public void Never_MeansNever()
    {
        var world = new LockWorld(Policy with { ForgetAfter = Timeout.InfiniteTimeSpan });
        var key = world.Activate();
        key.Acquire(A);
        key.Release(A);

        world.Advance(TimeSpan.FromDays(40));

        Assert.Single(world.Records.Names);
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void TokenAheadOfTheClock_KeepsTheKey_UntilTheClockHasCaughtUp()
    {
        var key = World.Activate();
        World.JumpWallClock(TimeSpan.FromHours(1));
        var token = key.Acquire(A).Lease.FencingToken;
        key.Release(A);
        World.JumpWallClock(-TimeSpan.FromHours(1));

        World.Advance(TimeSpan.FromMinutes(30));
        Assert.NotEmpty(World.Records.Names);
        Assert.True(key.Acquire(B).Lease.FencingToken > token);
        key.Release(B);

        // Tokens ahead of the clock go on at half its pace.
        for (var minute = 0; minute < 120; minute++)
            World.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void SlotsOfAQueue_GoBeforeTheRecord_AndOnlyAfterAProof()
    {
        var key = Queued(600);
        Assert.Equal(4, World.Records.Names.Count());
        var heads = key.HeadWrites;

        // The highest first, and the lock record last: a crash in between leaves what the next one finds.
        var gate = key.Store.Hold(StoreOperation.CompareAndDelete, RecordName.QueueSlot(1));
        World.Advance(Silence + Sec(1));
        Assert.Equal(1, gate.Arrived);
        Assert.Equal(heads + 1, key.HeadWrites);
        Assert.DoesNotContain(RecordName.QueueSlot(2), World.Records.Names);
        Assert.Contains(RecordName.QueueSlot(0), World.Records.Names);
        Assert.Contains(RecordName.Lock, World.Records.Names);

        World.Open(gate);
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void CrashInTheMiddleOfADeletion_IsFinishedByTheNextActivation()
    {
        var key = Queued(600);
        var gate = key.Store.Hold(StoreOperation.CompareAndDelete, RecordName.QueueSlot(0));
        World.Advance(Silence + Sec(1));
        Assert.Equal(1, gate.Arrived);

        var next = World.Replace(key);
        Assert.NotNull(next.State);
        World.Advance(Silence + Sec(1));

        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void DeletionThatFailedAtTheLockRecord_LeavesNothing_OnceTheKeyIsForgottenAgain()
    {
        var key = World.Activate();
        key.Acquire(A);
        QueueAndServe(key, A, first: 1, count: 300);
        Assert.NotEmpty(World.Record.Chunks);
        key.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndDelete, RecordName.Lock);
        World.Advance(Silence + Sec(1));
        Assert.Equal([RecordName.Lock], World.Records.Names);

        var next = World.Activate();
        next.Acquire(B);
        QueueAndServe(next, B, first: 1_000, count: 20);
        Assert.Contains(RecordName.QueueSlot(0), World.Records.Names);
        World.Advance(Silence + Sec(1));

        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void QueueAfterTheKeyWasForgotten_IsStoredAndComesBack()
    {
        var key = Queued(600);
        World.Advance(Silence + Sec(1));
        Assert.Empty(World.Records.Names);

        key.Acquire(C, renews: false);
        for (var waiter = 1; waiter <= 300; waiter++)
            key.Acquire(Of(10_000 + waiter), slice: Sec(30));
        World.Advance(Sec(1));
        var next = World.Replace(key);

        Assert.Equal(Enumerable.Range(1, 300).Select(waiter => Of(10_000 + waiter)), next.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
    }

    [Fact]
    public void CallBeforeTheFirstDeletion_CallsItOff()
    {
        var key = Queued(20);
        var gate = key.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        World.Advance(Silence);
        Assert.Equal(1, gate.Arrived);
        var call = key.Acquire(B);

        World.Open(gate);

        Assert.True(call.IsGranted);
        Assert.Equal(0, key.Store.Deletes(RecordName.Lock));
        Assert.Equal(0, key.Store.Deletes(RecordName.QueueSlot(0)));
    }

    [Fact]
    public void StopDuringTheDeletion_Ends()
    {
        var key = Used();
        var gate = key.Store.Hold(StoreOperation.CompareAndDelete, RecordName.Lock);
        World.Advance(Silence);
        Assert.Equal(1, gate.Arrived);
        var stop = key.Stop();
        Assert.False(stop.IsCompleted);

        World.Open(gate);

        Assert.True(stop.IsCompleted);
        Assert.Empty(World.Records.Names);
    }

    [Fact]
    public void ActivationThatStops_LeavesTheRecord_AndWhoReadsItNextFinishes()
    {
        var key = Used();
        Assert.True(key.Stop().IsCompleted);
        World.Advance(Silence + Sec(1));
        Assert.Single(World.Records.Names);

        // As the tidy pass does: a look is enough, and it puts nothing off.
        var next = World.Activate();
        Assert.NotNull(next.State);
        World.Advance(Silence / 2);
        Assert.NotNull(next.State);
        World.Advance(Silence / 2);

        Assert.Empty(World.Records.Names);
    }

    [Theory]
    [InlineData(179)]
    [InlineData(0)]
    [InlineData(-5)]
    public void ForgetAfter_BelowItsMinimum_IsRefusedByName(double seconds)
    {
        var problem = Assert.Single((Policy with { ForgetAfter = Sec(seconds) }).Problems());

        Assert.Contains("ForgetAfter", problem, StringComparison.Ordinal);
        Assert.Contains("from 3m to 30d, or infinite", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void RepeatMax_IsLessThanAnyForgetAfter() =>
        Assert.Contains("ForgetAfter", Assert.Single((Policy with { ForgetAfter = LockPolicy.RepeatMax }).Problems()), StringComparison.Ordinal);

    // Their chunks are written before they are served, and not after.
    private void QueueAndServe(Activation key, LeaseId holder, int first, int count)
    {
        for (var waiter = first; waiter < first + count; waiter++)
            key.Acquire(Of(waiter), slice: Sec(4));
        World.Advance(Sec(1));
        key.Release(holder);
        for (var waiter = first; waiter < first + count; waiter++)
            key.Release(Of(waiter));
        World.Advance(Sec(1));
    }
}
