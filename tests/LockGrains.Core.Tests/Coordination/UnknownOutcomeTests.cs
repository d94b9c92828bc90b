using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>Unknown is unknown: whatever the storage does, nobody is told what may not be so, and everybody is told something.</summary>
public sealed class UnknownOutcomeTests
{
    [Theory]
    [InlineData(StoreFault.FailBefore, QuarantineReason.OutcomeUnknown)]
    [InlineData(StoreFault.ApplyThenFail, QuarantineReason.OutcomeUnknown)]
    [InlineData(StoreFault.FailThenApply, QuarantineReason.OutcomeUnknown)]
    [InlineData(StoreFault.Conflict, QuarantineReason.Conflict)]
    public void WriteThatGoesWrong_AnswersEverybodyUnknown(StoreFault fault, QuarantineReason reason)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        Call[] waiting = [key.Acquire(B), key.Acquire(C)];
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        key.Store.FailNext(fault, StoreOperation.CompareAndSet);

        Call[] written = [key.Renew(A)];
        Call[] gathered = [key.Verify(A), key.Acquire(D), key.Release(A), key.Cancel(B)];
        world.Open(gate);

        Assert.All([.. waiting, .. written, .. gathered], call => Assert.True(call.IsUnknown));
        Assert.Equal((reason, 1), (key.Observer.Quarantine, key.Observer.Quarantines));
        Assert.False(key.Coordinator.IsAlive);
        Assert.NotEmpty(key.Coordinator.EndDetail);
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void Commands_AfterQuarantine_AreAnsweredUnknownAtOnce()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);
        key.Acquire(A);
        var operations = key.Store.Operations;

        Assert.True(key.Acquire(A).IsUnknown);
        Assert.True(key.Release(A).IsUnknown);
        Assert.True(key.CannotRead);
        Assert.True(key.Stop().IsCompletedSuccessfully);
        Assert.Equal(operations, key.Store.Operations);
    }

    [Fact]
    public void Grant_ThatWasAppliedButNotTold_IsFoundAgainWithTheSameToken()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Store.FailNext(StoreFault.ApplyThenFail, StoreOperation.CompareAndSet);
        Assert.True(first.Acquire(A).IsUnknown);
        var token = Assert.Single(world.Record.Holders).FencingToken;

        var second = world.Activate();
        var retry = second.Acquire(A);

        Assert.Equal(token, retry.Lease.FencingToken);
        Assert.Equal(DenyReason.Busy, second.Try(B).DenyReason);
    }

    [Fact]
    public void Grant_ThatWasNotApplied_IsMadeByTheRetry()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);
        first.Acquire(A);

        Assert.True(world.Activate().Acquire(A).IsGranted);
    }

    [Fact]
    public void Grant_ThatIsAppliedAfterTheFence_NeverBecomesTrue()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        first.Acquire(B);
        world.Advance(Sec(1));
        first.Store.FailNext(StoreFault.FailThenApply, StoreOperation.CompareAndSet);
        Assert.True(first.Release(A).IsUnknown);

        var second = world.Activate();
        Assert.IsType<LockReply.Renewed>(second.Renew(A).Reply);
        first.Store.ApplyLate();

        Assert.IsType<LockReply.Current>(second.Verify(A).Reply);
        Assert.Equal(A, Assert.Single(world.Record.Holders).LeaseId);
    }

    [Fact]
    public void Grant_ThatIsAppliedLateToAFreeLock_DoesNotMakeTwoHolders()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(D);
        first.Release(D);
        world.Advance(Sec(1));
        first.Store.FailNext(StoreFault.FailThenApply, StoreOperation.CompareAndSet);
        first.Acquire(A);
        var second = world.Activate();
        second.Verify(A);
        first.Store.ApplyLate();

        // A free lock is not fenced; the late grant is true, then, and whoever decided without it finds out before speaking.
        Assert.True(second.Acquire(B).IsUnknown);
        var third = world.Activate();
        Assert.Equal(DenyReason.Busy, third.Try(B).DenyReason);
        Assert.Equal(A, third.Acquire(A).Lease.LeaseId);
    }

    [Fact]
    public void Release_WhoseHandOverIsUnknown_IsSettledByTheNextActivation()
    {
        var world = new LockWorld();
        var first = world.Activate();
        first.Acquire(A);
        var waiting = first.Acquire(B);
        world.Advance(Sec(1));
        first.Store.FailNext(StoreFault.ApplyThenFail, StoreOperation.CompareAndSet);
        Assert.True(first.Release(A).IsUnknown);
        Assert.True(waiting.IsUnknown);

        var second = world.Activate();
        Assert.Equal(EndReason.Released, second.Release(A).Ended);
        Assert.True(second.Acquire(B).IsGranted);
    }

    [Theory]
    [InlineData(StoreOperation.CompareAndSet)]
    [InlineData(StoreOperation.Load)]
    public void StoreThatHangs_IsGivenUpAfterItsTimeout(StoreOperation operation)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        world.Advance(Sec(1));
        key.Store.FailNext(StoreFault.Hang, operation);
        var call = operation == StoreOperation.Load ? key.Verify(B) : key.Renew(A);
        var gathered = key.Acquire(C);

        world.Advance(Sec(5) - Instant);
        Assert.False(call.IsAnswered);
        world.Advance(Instant);

        Assert.True(call.IsUnknown);
        Assert.True(gathered.IsUnknown);
        Assert.Equal(QuarantineReason.OutcomeUnknown, key.Observer.Quarantine);
        Assert.IsType<TimeoutException>(key.Observer.QuarantineException);
        Assert.Contains("within 5s", key.Coordinator.EndDetail, StringComparison.Ordinal);
    }

    [Fact]
    public void StoreThatAnswersAfterItsTimeout_ChangesNothingAnyMore()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet);
        var renew = key.Renew(A);
        world.Advance(Sec(5));
        Assert.True(renew.IsUnknown);
        var events = key.Observer.Events.Count;

        world.Open(gate);

        Assert.Equal(events, key.Observer.Events.Count);
        Assert.Equal(1, key.Observer.Quarantines);
        Assert.True(key.Acquire(A).IsUnknown);
    }

    [Theory]
    [InlineData(StoreFault.FailBefore)]
    [InlineData(StoreFault.Hang)]
    public void LoadThatGoesWrong_AnswersEverybodyUnknown(StoreFault fault)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Store.FailNext(fault, StoreOperation.Load);
        Call[] calls = [key.Acquire(A), key.Acquire(B), key.Verify(C)];

        world.Advance(Sec(5));

        Assert.All(calls, call => Assert.True(call.IsUnknown));
        Assert.Equal(QuarantineReason.OutcomeUnknown, key.Observer.Quarantine);
        Assert.True(world.Activate().Acquire(A).IsGranted);
    }

    [Theory]
    [InlineData(StoreFault.FailBefore, QuarantineReason.OutcomeUnknown)]
    [InlineData(StoreFault.ApplyThenFail, QuarantineReason.OutcomeUnknown)]
    [InlineData(StoreFault.Conflict, QuarantineReason.Conflict)]
    [InlineData(StoreFault.Hang, QuarantineReason.OutcomeUnknown)]
    public void ChunkWriteThatGoesWrong_AnswersEverybodyUnknown(StoreFault fault, QuarantineReason reason)
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        Call[] waiting = [key.Acquire(B), key.Acquire(C, slice: Ms(300))];
        key.Store.FailNext(fault, StoreOperation.CompareAndSet, RecordName.QueueSlot(0));

        world.Advance(Ms(250) + Sec(5));

        Assert.All(waiting, call => Assert.True(call.IsUnknown));
        Assert.Equal((reason, 1), (key.Observer.Quarantine, key.Observer.Quarantines));
        Assert.Equal(0, world.ArmedTimers);
    }

    [Fact]
    public void ChunkWritesAfterQuarantine_AreNotBegun()
    {
        var world = new LockWorld();
        var key = world.Activate();
        for (var number = 0; number < 1000; number++)
            key.Acquire(Of(number), renews: false);
        var gate = key.Store.Hold(StoreOperation.CompareAndSet, RecordName.QueueSlot(1));
        world.Advance(Sec(6));
        Assert.Equal((1, QuarantineReason.OutcomeUnknown), (gate.Arrived, key.Observer.Quarantine));

        world.Open(gate);

        Assert.Equal(2, key.Store.ChunkWrites);
    }

    [Fact]
    public void Conflict_DuringAFlush_LeavesNobodyWaiting()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var waiting = key.Acquire(B);
        var gate = key.Store.HoldChunkWrites();
        world.Advance(Ms(250));
        key.Store.FailNext(StoreFault.Conflict, StoreOperation.CompareAndSet, RecordName.Lock);

        var renew = key.Renew(A);
        Assert.True(renew.IsUnknown);
        Assert.True(waiting.IsUnknown);
        world.Open(gate);

        Assert.Equal((QuarantineReason.Conflict, 1), (key.Observer.Quarantine, key.Observer.Quarantines));
    }

    [Fact]
    public void InvariantViolation_QuarantinesTheKey()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        world.Records.Put(RecordName.Lock, RecordCodec.Encode(world.Record with { LastToken = new FencingToken(FencingToken.MaxValue) }));
        key = world.Replace(key);

        var next = key.Acquire(B);
        world.Advance(Sec(5));

        Assert.True(next.IsUnknown);
        Assert.Equal(QuarantineReason.Defect, key.Observer.Quarantine);
        Assert.IsType<InvariantViolationException>(key.Observer.QuarantineException);
    }

    [Fact]
    public void Release_ToldAndNotWritten_IsNamedAtTheEnd()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        Assert.IsType<LockReply.Ended>(key.Release(A).Reply);
        key.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);
        Assert.True(key.Acquire(B).IsUnknown);

        Assert.Equal([A], key.Coordinator.UnwrittenReleases);
        Assert.Equal(A, Assert.Single(world.Record.Holders).LeaseId);
    }

    [Fact]
    public void Release_Written_IsNotNamed()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Release(A);
        world.Advance(world.Policy.ReleaseWriteDelay);
        key.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);
        Assert.True(key.Acquire(B).IsUnknown);

        Assert.Empty(key.Coordinator.UnwrittenReleases);
    }

    [Fact]
    public void Release_WhoseWriteWentWrong_IsNotNamedForItsClientAsksAgain()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Store.FailNext(StoreFault.FailBefore, StoreOperation.CompareAndSet);
        Assert.True(key.Release(A).IsUnknown);

        Assert.Empty(key.Coordinator.UnwrittenReleases);
    }
}
