using System.Reflection;
using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Who races with a key that is being forgotten: each race has its end, and nobody is told anything wrong.</summary>
public sealed class ForgettingRaceTests : SilentKeys
{
    public ForgettingRaceTests()
    {
    }

    private ForgettingRaceTests(ILockStore store)
        : base(new StoreRecords(store))
    {
    }

    /// <summary>The races, with the arguments of those that have variants, to be run on a real store.</summary>
    public static IEnumerable<(string Name, Action<ILockStore> Run)> Races =>
        from method in typeof(ForgettingRaceTests).GetMethods()
        where method.IsDefined(typeof(FactAttribute), inherit: true)
        from arguments in method.GetCustomAttributes<InlineDataAttribute>().SelectMany(data => data.GetData(method)).DefaultIfEmpty([])
        select ($"{method.Name}({string.Join(", ", arguments)})", (Action<ILockStore>)(store =>
            method.Invoke(new ForgettingRaceTests(store), BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null)));

    // D12, 1: a zombie with the ETag of a record that is gone.
    [Fact]
    public void ZombieThatHadTheKey_WritesOverADeletedRecord_AndFails()
    {
        var zombie = Used();
        var current = World.Activate(Policy with { ForgetAfter = Policy.LifeMin });
        Assert.NotNull(current.State);
        World.Advance(Policy.LifeMin + Policy.MaxClockSkew);
        Assert.Empty(World.Records.Names);

        Assert.True(zombie.Acquire(B).IsUnknown);

        Assert.Equal(QuarantineReason.Conflict, zombie.Observer.Quarantine);
        Assert.Empty(World.Records.Names);
    }

    // D12, 2.
    [Fact]
    public void ZombieThatHadTheKey_SaysNothingOfADeletedRecord()
    {
        var zombie = Used();
        var current = World.Activate(Policy with { ForgetAfter = Policy.LifeMin });
        Assert.NotNull(current.State);
        World.Advance(Policy.LifeMin + Policy.MaxClockSkew);

        Assert.True(zombie.Verify(A).IsUnknown);
        Assert.Equal(QuarantineReason.Conflict, zombie.Observer.Quarantine);
    }

    // D12, 3: nobody knows what became of the deletion.
    [Theory]
    [InlineData(StoreFault.FailBefore)]
    [InlineData(StoreFault.ApplyThenFail)]
    [InlineData(StoreFault.FailThenApply)]
    [InlineData(StoreFault.Hang)]
    public void DeletionOfUnknownOutcome_EndsTheActivation_AndHarmsNobody(StoreFault fault)
    {
        var key = Used(out var token);
        key.Store.FailNext(fault, StoreOperation.CompareAndDelete);
        World.Advance(Silence);
        World.Advance(Policy.StoreTimeout);
        Assert.Equal(QuarantineReason.OutcomeUnknown, key.Observer.Quarantine);
        Assert.Empty(key.Observer.Forgotten);

        var next = World.Activate();
        var granted = next.Acquire(B).Lease.FencingToken;
        Assert.True(granted > token);

        // It arrives late, with the ETag of a state that is no more.
        key.Store.ApplyLate();
        World.Run();
        Assert.Equal(granted, Assert.Single(World.Record.Holders).FencingToken);
        Assert.IsType<LockReply.Renewed>(next.Renew(B).Reply);
    }

    // D12, 3: the late deletion comes between the load and the first write of the next one.
    [Fact]
    public void DeletionThatArrivesAfterTheNextOneHasLoaded_MakesItsFirstGrantFail()
    {
        var key = Used();
        key.Store.FailNext(StoreFault.FailThenApply, StoreOperation.CompareAndDelete);
        World.Advance(Silence + Sec(1));
        var next = World.Activate();
        Assert.NotNull(next.State);

        key.Store.ApplyLate();
        Assert.True(next.Acquire(B).IsUnknown);

        Assert.True(World.Activate().Acquire(B).IsGranted);
    }

    // D12, 4.
    [Fact]
    public void GrantThatComesFirst_MakesTheDeletionFail()
    {
        var idle = Used();
        var busy = World.Activate();
        World.Advance(Silence - Sec(3));
        var token = busy.Acquire(B).Lease.FencingToken;

        World.Advance(Sec(3));

        Assert.Equal(QuarantineReason.Conflict, idle.Observer.Quarantine);
        Assert.Equal(token, Assert.Single(World.Record.Holders).FencingToken);
    }

    // D12, 4a: a zombie with an idle view must not delete the chunk of a queue that lives.
    [Fact]
    public void ZombieWithAnIdleView_DeletesNoChunkOfALiveQueue()
    {
        var zombie = Queued(20);
        World.Advance(Silence - Sec(4));
        var current = World.Activate();
        current.Acquire(C, renews: false);
        for (var waiter = 1; waiter <= 5; waiter++)
            current.Acquire(Of(20_000 + waiter), slice: Sec(60));
        World.Advance(Sec(2));

        World.Advance(Sec(3));

        Assert.Equal(QuarantineReason.Conflict, zombie.Observer.Quarantine);
        Assert.Equal(0, zombie.Store.Deletes(RecordName.QueueSlot(0)));
        Assert.Equal(5, World.Replace(current).State.Queue.Count);
    }

    // D12, 4a: the proof went through, and then somebody takes the key over before the slot is deleted.
    [Fact]
    public void SlotThatWasWrittenAfterTheProof_IsNotDeleted()
    {
        var key = Queued(20);
        var gate = key.Store.Hold(StoreOperation.CompareAndDelete, RecordName.QueueSlot(0));
        World.Advance(Silence + Sec(1));
        Assert.Equal(1, gate.Arrived);
        var current = World.Activate();
        current.Acquire(C, renews: false);
        for (var waiter = 1; waiter <= 5; waiter++)
            current.Acquire(Of(20_000 + waiter), slice: Sec(60));
        World.Advance(Sec(1));

        World.Open(gate);

        Assert.Equal(QuarantineReason.Conflict, key.Observer.Quarantine);
        Assert.Equal(5, World.Replace(current).State.Queue.Count);
    }

    // D12, 5 and D10 (ii): a whole life of the key lies between the decision to create it and the answer.
    [Fact]
    public void CreationThatIsAnsweredTooLate_IsToldToNobody()
    {
        var slow = World.Activate(Policy with { StoreTimeout = Sec(60) });
        var gate = slow.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock, appliesFirst: true);
        var call = slow.Acquire(A);

        // Its machine sleeps: only the wall clock goes on.
        World.JumpWallClock(Policy.CreateWindow * 2);
        World.Open(gate);

        Assert.True(call.IsUnknown);
        Assert.Equal(QuarantineReason.OutcomeUnknown, slow.Observer.Quarantine);
    }

    [Fact]
    public void CreationThatIsAnsweredInTime_IsTold()
    {
        var slow = World.Activate(Policy with { StoreTimeout = Sec(60) });
        var gate = slow.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock, appliesFirst: true);
        var call = slow.Acquire(A);

        World.JumpWallClock((Policy.CreateWindow * 2) - Sec(1));
        World.Open(gate);

        Assert.True(call.IsGranted);
    }

    // D10 (i).
    [Fact]
    public void AbsenceThatWasSeenLongAgo_IsLookedAtAgain_BeforeAnythingIsDecided()
    {
        var old = World.Activate();
        Assert.NotNull(old.State);
        var loads = old.HeadLoads;
        World.Advance(Policy.CreateWindow - Sec(1));
        Assert.NotNull(old.State);
        Assert.Equal(loads, old.HeadLoads);

        World.Advance(Sec(1));
        Assert.True(old.Acquire(A).IsGranted);

        Assert.Equal(loads + 1, old.HeadLoads);
    }

    [Fact]
    public void AbsenceThatIsNoMore_EndsTheActivation_BeforeItDecides()
    {
        var old = World.Activate();
        Assert.NotNull(old.State);
        World.Advance(Policy.CreateWindow);
        var token = World.Activate().Acquire(B).Lease.FencingToken;

        Assert.True(old.Try(A).IsUnknown);

        Assert.Equal(QuarantineReason.Conflict, old.Observer.Quarantine);
        Assert.Equal(token, World.Record.LastToken);
    }

    [Fact]
    public void LookThatTakesAsLongAsTheWindow_DecidesNothing()
    {
        var old = World.Activate();
        Assert.NotNull(old.State);
        World.Advance(Policy.CreateWindow);
        var gate = old.Store.Hold(StoreOperation.Load, RecordName.Lock, appliesFirst: true);
        var call = old.Acquire(A);
        Assert.Equal(1, gate.Arrived);

        World.JumpWallClock(Policy.CreateWindow);
        World.Open(gate);

        Assert.True(call.IsUnknown);
        Assert.Equal(QuarantineReason.OutcomeUnknown, old.Observer.Quarantine);
    }

    // D12, 7.
    [Fact]
    public void TwoWhoCreateAtOnce_OneIsGranted()
    {
        var (one, other) = (World.Activate(), World.Activate());
        Assert.NotNull(one.State);
        Assert.NotNull(other.State);

        Assert.True(one.Acquire(A).IsGranted);
        Assert.True(other.Acquire(B).IsUnknown);

        Assert.Equal(QuarantineReason.Conflict, other.Observer.Quarantine);
    }

    // D12, 9: a chunk that arrives after its key was forgotten is found, and overwritten, by the next queue.
    [Fact]
    public void ChunkThatArrivesAfterTheKeyWasForgotten_IsInNobodysWay()
    {
        var late = World.Activate();
        late.Acquire(A);
        late.Acquire(B, slice: Sec(60));
        late.Store.FailNext(StoreFault.FailThenApply, StoreOperation.CompareAndSet, RecordName.QueueSlot(0));
        World.Advance(Sec(1));
        var next = World.Activate();
        next.Cancel(B);
        next.Release(A);
        World.Advance(Silence + Sec(1));
        Assert.Empty(World.Records.Names);

        late.Store.ApplyLate();
        Assert.Equal([RecordName.QueueSlot(0)], World.Records.Names);
        next.Acquire(C);
        for (var waiter = 1; waiter <= 5; waiter++)
            next.Acquire(Of(waiter), slice: Sec(60));
        World.Advance(Sec(1));
        var after = World.Replace(next);

        Assert.Equal(Enumerable.Range(1, 5).Select(Of), after.State.Queue.Waiters.Select(waiter => waiter.LeaseId));
        after.Release(C);
        for (var waiter = 1; waiter <= 5; waiter++)
            after.Cancel(Of(waiter));
        World.Advance(Silence + Sec(1));
        Assert.Empty(World.Records.Names);
    }

    // D12, 12.
    [Fact]
    public void ReleaseThatIsRepeatedAfterTheKeyWasForgotten_ChangesNothing_AndIsForgottenAgain()
    {
        var key = Used();
        World.Advance(Silence);
        var next = World.Replace(key);

        Assert.Equal(EndReason.None, next.Release(A).NotHeld);
        Assert.Single(World.Records.Names);
        World.Advance(Silence + Sec(1));

        Assert.Empty(World.Records.Names);
    }

    // D12, 14.
    [Fact]
    public void CallDuringTheDeletion_CreatesTheKeyAnew_AndTheActivationGoesOn()
    {
        var key = Used(out var token);
        var gate = key.Store.Hold(StoreOperation.CompareAndDelete, RecordName.Lock);
        World.Advance(Silence);
        Assert.Equal(1, gate.Arrived);
        var call = key.Acquire(B);
        Assert.False(call.IsAnswered);

        World.Open(gate);

        Assert.True(call.Lease.FencingToken > token);
        Assert.False(key.Observer.IsUnused);
        Assert.Equal(B, Assert.Single(World.Record.Holders).LeaseId);
        key.Release(B);
        World.Advance(Silence + Sec(1));
        Assert.Empty(World.Records.Names);
    }
}
