using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>The queue in its chunks: what is stored, what counts of it, and where.</summary>
public sealed class QueueChunkTests
{
    private static readonly LockPolicy Long = new() { QueueWriteDelay = Ms(250), PresenceWindow = Sec(120) };

    [Fact]
    public void Queue_OfManyChunks_ComesBackInOrder()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 1500);
        world.Advance(Sec(1));
        Assert.Equal(6, world.Record.Chunks.Length);

        var second = world.Replace(first);

        Assert.Equal(Enumerable.Range(1, 1499).Select(Of), Waiting(second));
    }

    [Fact]
    public void Queue_WithWaitersGoneAnywhere_ComesBackWithoutThem()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 1100);
        world.Advance(Sec(1));
        int[] gone = [1, 2, 255, 256, 257, 600, 1023, 1099, .. Enumerable.Range(512, 60)];
        foreach (var waiter in gone)
            first.Cancel(Of(waiter));
        world.Advance(Sec(1));

        var second = world.Replace(first);

        Assert.Equal(Enumerable.Range(1, 1099).Except(gone).Select(Of), Waiting(second));
    }

    [Fact]
    public void WhoLeftAndIsStillInAChunk_DoesNotComeBackOnceTheRecordHasForgottenIt()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 4);
        world.Advance(Sec(1));
        first.Cancel(Of(2));

        // This one is written at once, and the other's end with it; the chunk is not.
        first.Cancel(Of(99));
        Assert.Equal(1, first.Store.ChunkWrites);

        var second = world.Replace(first);
        second.Cancel(Of(98));
        world.Advance(Sec(1));
        for (var stranger = 100; stranger < 100 + EndedLeases.Stored; stranger++)
            second.Cancel(Of(stranger));
        Assert.DoesNotContain(world.Record.Ended, ended => ended.LeaseId == Of(2));

        Assert.Equal([Of(1), Of(3)], Waiting(world.Replace(second)));
    }

    [Fact]
    public void SlotThatASuccessorHasFilled_IsNotOverwrittenByAForgottenActivation()
    {
        var world = new LockWorld(Long);
        var forgotten = world.Activate();
        forgotten.Acquire(A);
        forgotten.Acquire(B);
        var gate = forgotten.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        world.Advance(Sec(1));
        Assert.Equal(1, gate.Arrived);

        // While it asks for the slot's ETag, another activation takes the key over and puts its own waiters there.
        var current = world.Activate();
        AcquireAll(current, 10, 3);
        world.Advance(Sec(1));
        world.Open(gate);
        world.Advance(Sec(1));

        Assert.Equal(0, forgotten.Store.ChunkWrites);
        Assert.Equal([10, 11, 12], Waiting(world.Replace(current)).Select(Number));

        static int Number(LeaseId leaseId) => Enumerable.Range(0, 20).Single(number => Of(number) == leaseId);
    }

    [Fact]
    public void Slots_OfServedChunks_AreUsedAgain()
    {
        var world = new LockWorld(Long);
        var key = world.Activate();
        AcquireAll(key, 0, 300);
        for (var next = 300; next < 3000; next += 100)
        {
            for (var holder = next - 300; holder < next - 200; holder++)
                key.Release(Of(holder));
            AcquireAll(key, next, 100);
            world.Advance(Sec(1));
        }

        // A queue of 300 touches three chunks; one more slot, because a slot is free only after the head has let go of it.
        Assert.InRange(world.Records.Names.Count(), 3, 5);
        Assert.Equal(Enumerable.Range(2701, 299).Select(Of), Waiting(world.Replace(key)));
    }

    [Fact]
    public void Entries_ThatNoHeadConfirmed_DoNotCountInALaterActivation()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 201);
        world.Advance(Sec(1));
        Assert.Equal(201, world.Record.CommittedTail);

        // The first chunk gets fifty more, and the head, which knows their tickets, never learns that they are in it.
        AcquireAll(first, 201, 100);
        first.Store.Cut(afterOperations: int.MaxValue);
        var gate = first.Store.Hold(StoreOperation.CompareAndSet, RecordName.QueueSlot(1));
        world.Advance(Ms(250));
        Assert.Equal(1, gate.Arrived);
        first.Renew(Of(0));
        Assert.Equal((301, 201), (world.Record.NextTicket, world.Record.CommittedTail));

        // They come back to the next activation, as new waiters with new tickets, and so to the one after.
        var second = world.Replace(first);
        AcquireAll(second, 201, 100);
        world.Advance(Sec(1));
        Assert.Equal(401, world.Record.CommittedTail);
        var third = world.Replace(second);

        Assert.Equal(Enumerable.Range(1, 300).Select(Of), Waiting(third));
        Assert.Equal(QuarantineReason.None, third.Observer.Quarantine);
    }

    [Fact]
    public void ChunkWrite_ThatArrivesAfterTheFence_AddsNobody()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 201);
        world.Advance(Sec(1));
        AcquireAll(first, 201, 100);
        var gate = first.Store.Hold(StoreOperation.CompareAndSet, RecordName.QueueSlot(0));
        world.Advance(Ms(250));
        first.Renew(Of(0));
        Assert.Equal((1, 301), (gate.Arrived, (int)world.Record.NextTicket));

        var second = world.Activate();
        AcquireAll(second, 500, 1);
        world.Open(gate);
        world.Advance(Sec(1));
        if (!second.Coordinator.IsAlive)
            second = world.Activate();
        AcquireAll(second, 500, 1);
        world.Advance(Sec(1));

        var third = world.Replace(second);
        Assert.Equal(Enumerable.Range(1, 200).Append(500).Select(Of), Waiting(third));
    }

    [Fact]
    public void Chunk_ThatIsWrittenAnewWhileTheHeadLeavesItOut_KeepsItsPlaces()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        first.Acquire(A);
        first.Acquire(B);
        world.Advance(Sec(1));

        // The only chunk empties, and fills again before a head has left it out.
        first.Cancel(B);
        world.Advance(Ms(250));
        var gate = first.Store.HoldChunkWrites();
        first.Acquire(C);
        first.Acquire(D);
        world.Advance(Ms(250));
        Assert.Equal(1, gate.Arrived);
        first.Release(A);
        world.Open(gate);
        world.Advance(Sec(1));
        Assert.True(world.Record.CommittedTail > 3);

        var second = world.Replace(first);
        Assert.Equal([D], Waiting(second));
    }

    [Fact]
    public void ChunkInTheMiddle_ThatEverybodyLeft_ComesBackEmpty()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 800);
        world.Advance(Sec(1));

        for (var number = 256; number < 512; number++)
            first.Cancel(Of(number));
        world.Advance(Sec(1));

        Assert.Equal([0L, 2, 3], world.Record.Chunks.Select(place => place.Number));
        Assert.Equal([.. Enumerable.Range(1, 255), .. Enumerable.Range(512, 288)], Waiting(world.Replace(first)).Select(Number));
    }

    [Fact]
    public void SlotOfAnEmptiedChunk_IsNotUsedBeforeAHeadHasLetGoOfIt()
    {
        var world = new LockWorld(Long with { ReleaseWriteDelay = Sec(1) });
        var first = world.Activate();
        AcquireAll(first, 0, 512);
        world.Advance(Sec(2));
        for (var number = 256; number < 512; number++)
            first.Cancel(Of(number));
        world.Advance(Ms(250));

        // The chunk is empty here, but the head that is stored still names it, and its slot.
        Assert.Contains(new ChunkPlace(1, 1), world.Record.Chunks);
        AcquireAll(first, 600, 100);
        var gate = first.Store.Hold(StoreOperation.CompareAndSet, RecordName.Lock);
        world.Advance(Ms(250));
        Assert.Equal(1, RecordCodec.DecodeChunk(world.Records.Peek(RecordName.QueueSlot(1))).Number);

        var second = world.Replace(first);
        Assert.Equal(QuarantineReason.None, second.Observer.Quarantine);
        Assert.Equal(Enumerable.Range(1, 255), Waiting(second).Select(Number).Take(255));
        Assert.InRange(gate.Arrived, 0, 1);
    }

    [Fact]
    public void Chunk_ThatIsGone_TakesItsPlacesWithItButNotTheKey()
    {
        var world = new LockWorld(Long);
        var first = world.Activate();
        AcquireAll(first, 0, 600);
        world.Advance(Sec(1));
        first.Kill();
        world.Records.Remove(RecordName.QueueSlot(1));

        var second = world.Activate();

        Assert.Equal([.. Enumerable.Range(1, 255), .. Enumerable.Range(512, 88)], Waiting(second).Select(Number));
        var returned = second.Acquire(Of(300));
        Assert.False(returned.IsAnswered);
        world.Advance(Sec(1));
        Assert.Equal(QuarantineReason.None, second.Observer.Quarantine);
        Assert.Equal([.. Enumerable.Range(1, 255), .. Enumerable.Range(512, 88), 300], Waiting(world.Replace(second)).Select(Number));
    }

    [Fact]
    public void Waiters_ServedBeforeTheyWereDue_AreNeverWritten()
    {
        var world = new LockWorld(Long);
        var key = world.Activate();
        key.Acquire(A);
        key.Acquire(B);
        key.Release(A);
        key.Release(B);

        world.Advance(Sec(1));

        Assert.Equal(0, key.Store.ChunkWrites);
    }

    [Fact]
    public void SlotThatIsReadLate_InAStoreThatWritesAtOnce_IsWritten()
    {
        var world = new LockWorld(Long);
        world.Records.CompletesAtOnce = true;
        var key = world.Activate();
        key.Acquire(A);
        var gate = key.Store.Hold(StoreOperation.Load, RecordName.QueueSlot(0));
        key.Acquire(B);
        world.Advance(Sec(1));
        Assert.Equal((1, 0), (gate.Arrived, key.Store.ChunkWrites));

        world.Open(gate);

        Assert.True(key.Coordinator.IsAlive, key.Coordinator.EndDetail);
        Assert.Equal(1, key.Store.ChunkWrites);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Crash_AfterAnyStorageOperation_KeepsEveryPlaceThatWasTold(bool synchronous)
    {
        for (var survived = 1; survived < 60; survived++)
        {
            var world = new LockWorld(Long);
            world.Records.CompletesAtOnce = synchronous;
            var first = world.Activate();
            first.Store.Cut(afterOperations: survived);
            var calls = LiveABusyLife(world, first);

            var second = world.Replace(first);
            var restored = Waiting(second);
            var told = calls.Where(call => call.Call.IsAnswered && call.Call.Reply is LockReply.Queued)
                .Select(call => call.LeaseId).Where(leaseId => !second.State.Ended.Youngest().Any(ended => ended.LeaseId == leaseId)).ToArray();
            var holder = second.State.Holders.SingleOrDefault()?.LeaseId;
            var lost = told.Except(restored).Where(leaseId => leaseId != holder && Number(leaseId) >= 40).ToArray();
            Assert.True(lost.Length == 0, $"After {survived} operations these lost their places: {string.Join(", ", lost)}.");
            Assert.Equal(restored.Where(told.Contains), restored.Where(told.Contains).OrderBy(Number));
        }
    }

    /// <summary>Waiters come in numbers, some cancel, some are served (all below 40), over several chunks' worth of tickets.</summary>
    private static List<(LeaseId LeaseId, Call Call)> LiveABusyLife(LockWorld world, Activation key)
    {
        var calls = new List<(LeaseId LeaseId, Call Call)>();
        for (var round = 0; round < 8; round++)
        {
            for (var number = round * 50; number < (round + 1) * 50; number++)
                calls.Add((Of(number), key.Acquire(Of(number), slice: Sec(1))));
            for (var number = round * 5; number < (round + 1) * 5; number++)
            {
                key.Release(Of(number));
                key.Cancel(Of(39 - number));
            }

            world.Advance(Ms(700));
        }

        return calls;
    }

    private static void AcquireAll(Activation key, int first, int count)
    {
        for (var number = first; number < first + count; number++)
            key.Acquire(Of(number));
    }

    private static LeaseId[] Waiting(Activation key) => [.. key.State.Queue.Waiters.Select(waiter => waiter.LeaseId)];

    private static int Number(LeaseId leaseId) => BitConverter.ToInt32(leaseId.Value.ToByteArray());
}
