using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A wait that was told to be over is over, though its silo dies the moment after and a chunk of the queue still names it.</summary>
public sealed class EndedWaitTests
{
    // The chunks of the queue are written once, and then not again before the activation dies.
    private static readonly LockPolicy Policy = new() { QueueWriteDelay = Sec(1), PresenceWindow = Sec(120) };

    [Fact]
    public void Cancelled_AndTold_DoesNotComeBackWithTheNextActivation()
    {
        var world = Queue(3);
        var first = world.Current;

        Assert.Equal(EndReason.Cancelled, first.Cancel(Of(1)).Ended);

        Assert.Equal([Of(2), Of(3)], world.Waiting());
    }

    [Fact]
    public void TimedOut_AndTold_DoesNotComeBackWithTheNextActivation()
    {
        var world = new Story();
        world.Current.Acquire(A);
        var waiting = world.Current.Acquire(Of(1), wait: Sec(3));
        world.Current.Acquire(Of(2));
        world.Advance(Sec(2));

        world.Advance(Sec(1));
        Assert.Equal(DenyReason.TimedOut, waiting.DenyReason);

        Assert.Equal([Of(2)], world.Waiting());
    }

    [Fact]
    public void AWholeCrowd_ThatGaveUpInOneMoment_DoesNotComeBack()
    {
        var world = Queue(1_000);

        // Far more than the ended requests that a record names, over four chunks.
        for (var waiter = 1; waiter <= 1_000; waiter++)
        {
            if (waiter % 2 == 0)
                Assert.Equal(EndReason.Cancelled, world.Current.Cancel(Of(waiter)).Ended);
        }

        Assert.Equal(Enumerable.Range(1, 1_000).Where(waiter => waiter % 2 == 1).Select(Of), world.Waiting());
    }

    [Fact]
    public void WhoLeft_StaysAway_ThoughActivationsDieBeforeAnyOfThemHasWrittenTheChunk()
    {
        var world = Queue(40);
        for (var waiter = 1; waiter <= 30; waiter++)
            world.Current.Cancel(Of(waiter));
        world.Waiting();
        for (var waiter = 31; waiter <= 35; waiter++)
            world.Current.Cancel(Of(waiter));

        Assert.Equal(Enumerable.Range(36, 5).Select(Of), world.Waiting());
        Assert.Equal(Enumerable.Range(36, 5).Select(Of), world.Waiting());
    }

    [Fact]
    public void RecordOfTheLock_NamesNobodyWhoLeft_OnceTheChunkIsWrittenAgain()
    {
        var world = Queue(40);
        var size = world.HeadSize;
        for (var waiter = 1; waiter <= 30; waiter++)
            world.Current.Cancel(Of(waiter));
        Assert.Single(world.Record.EndedTickets);

        world.Advance(Sec(3));
        world.Current.Renew(A);

        Assert.Empty(world.Record.EndedTickets);
        Assert.InRange(world.HeadSize, size, size + (EndedLeases.Stored * 17) + 8);
        Assert.Equal(Enumerable.Range(31, 10).Select(Of), world.Waiting());
    }

    [Fact]
    public void LeavingWhileItsChunkIsBeingWritten_IsNotForgottenWithThatWrite()
    {
        var world = Queue(2);
        var store = world.Current.Store;
        world.Current.Acquire(Of(3));
        var gate = store.HoldChunkWrites();
        world.Advance(Sec(1));
        Assert.Equal(1, gate.Arrived);

        // The chunk on its way names it, and is written after its end was.
        Assert.Equal(EndReason.Cancelled, world.Current.Cancel(Of(1)).Ended);
        world.Open(gate);
        world.Current.Renew(A);

        Assert.Equal([Of(2), Of(3)], world.Waiting());
    }

    [Fact]
    public void Dropped_IsWrittenSoon_ThoughNobodyIsTold()
    {
        var policy = Policy with { PresenceWindow = Sec(2), ReleaseWriteDelay = Ms(20), QueueWriteDelay = Sec(2) };
        var world = new Story(policy);
        world.Current.Acquire(A, renews: false);
        world.Current.Acquire(Of(1));
        world.Advance(Sec(3.8) - Instant);
        Assert.Single(world.Current.State.Queue.Waiters);
        world.Advance(Instant);
        Assert.Empty(world.Current.State.Queue.Waiters);

        world.Advance(Ms(20));

        Assert.Empty(world.Waiting());
    }

    [Fact]
    public void CancelOfAWaiterThatWasNeverStored_CostsNoWrite()
    {
        var world = new Story();
        world.Current.Acquire(A);
        world.Current.Acquire(Of(1));
        var writes = world.Current.HeadWrites;

        Assert.Equal(EndReason.Cancelled, world.Current.Cancel(Of(1)).Ended);

        Assert.Equal(writes, world.Current.HeadWrites);
    }

    private static Story Queue(int waiters)
    {
        var story = new Story();
        story.Current.Acquire(A, renews: false);
        for (var waiter = 1; waiter <= waiters; waiter++)
            story.Current.Acquire(Of(waiter));
        story.Advance(Sec(2));
        return story;
    }

    /// <summary>One activation after the other.</summary>
    private sealed class Story
    {
        private readonly LockWorld _world;

        public Story(LockPolicy? policy = null)
        {
            _world = new LockWorld(policy ?? Policy);
            Current = _world.Activate();
        }

        public Activation Current { get; private set; }

        public LockRecord Record => _world.Record;

        public int HeadSize => _world.Records.Peek(RecordName.Lock).Length;

        public void Advance(TimeSpan by) => _world.Advance(by);

        public void Open(LockGrains.TestKit.StoreGate gate) => _world.Open(gate);

        /// <summary>Those who wait as the next activation finds them, which takes the place of the one that dies here.</summary>
        public IEnumerable<LeaseId> Waiting()
        {
            Current = _world.Replace(Current);
            return [.. Current.State.Queue.Waiters.Select(waiter => waiter.LeaseId)];
        }
    }
}
