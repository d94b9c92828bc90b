using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Properties.CommandDraw;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Properties;

public sealed class StateMachineProperties
{
    /// <summary>Fewer than what is remembered of ended attempts: the reference never forgets.</summary>
    private const int Attempts = 60;

    [Theory]
    [InlineData(Kinds.Mutex, 300)]
    [InlineData(Kinds.ReadersAndWriters, 300)]
    [InlineData(Kinds.Permits, 200)]
    [InlineData(Kinds.All, 400)]
    public void RandomCommands_DoWhatTheReferenceDoes(Kinds kinds, int seeds) => RandomStory.Holds(seeds, random => Play(random, kinds, steps: 300, twins => twins.Do));

    [Theory]
    [InlineData(Kinds.Mutex, 200)]
    [InlineData(Kinds.ReadersAndWriters, 200)]
    [InlineData(Kinds.All, 200)]
    public void RandomCommands_DoneTwice_DoNothingMore(Kinds kinds, int seeds) => RandomStory.Holds(seeds, random => Play(random, kinds, steps: 200, twins => command =>
    {
        twins.Do(command);
        twins.DoAgain(command);
    }));

    [Theory]
    [InlineData(Kinds.Mutex)]
    [InlineData(Kinds.All)]
    public void RandomCommands_KeepTheStateBounded(Kinds kinds) => RandomStory.Holds(20, random =>
    {
        var policy = new LockPolicy { QueueLimit = 8, HoldersMax = 5 };
        var now = new LockTime(TimeSpan.Zero, 1_900_000_000_000);
        var state = LockState.Create(now, policy);
        for (var step = 0; step < 2000; step++)
        {
            now = new LockTime(now.Monotonic + Ms(random.Next(1000)), now.UnixMilliseconds + random.Next(1000));
            state = LockStateMachine.Apply(state, Draw(random, kinds, state, step / 4), now, policy).State;
            Assert.InRange(state.Queue.Count, 0, policy.QueueLimit);
            Assert.InRange(state.Holders.Length, 0, policy.HoldersMax);
        }

        Assert.InRange(Enumerable.Range(0, 600).Count(number => state.Ended.Find(Of(number)) != EndReason.None), EndedLeases.Generation, 2 * EndedLeases.Generation);
        Assert.Equal(EndedLeases.Stored, state.Ended.Youngest().Length);
    });

    [Theory]
    [InlineData(Kinds.Mutex)]
    [InlineData(Kinds.All)]
    public void RandomRestarts_KeepHoldersOrderAndTokens(Kinds kinds) => RandomStory.Holds(200, random =>
    {
        var policy = new LockPolicy { PresenceWindow = Sec(16) };
        var now = new LockTime(Sec(1000), 1_900_000_000_000);
        var state = LockState.Create(now, policy);
        for (var step = 0; step < 100; step++)
        {
            now = new LockTime(now.Monotonic + Ms(random.Next(2000)), now.UnixMilliseconds + random.Next(-100, 2000));
            state = LockStateMachine.Apply(state, Draw(random, kinds, state, step / 6), now, policy).State;
            if (!random.Chance(0.1))
                continue;

            // Another process: its monotonic clock has nothing to do with this one's.
            now = now with { Monotonic = Ms(random.Next(1_000_000)) };
            var record = RecordCodec.DecodeLock(RecordCodec.Encode(Records.Of(state)));
            var chunk = RecordCodec.DecodeChunk(RecordCodec.Encode(new QueueChunk(0, [.. state.Queue.Waiters])));
            var restored = LockState.Restore(record, chunk.Waiters, now, policy);
            Assert.Equal(state.Holders.Select(WhatStays), restored.Holders.Select(WhatStays));
            Assert.Equal(state.Queue.Waiters.Select(waiter => waiter.Request), restored.Queue.Waiters.Select(waiter => waiter.Request));
            Assert.Null(restored.Upgrade);
            Assert.Equal(state.Data, restored.Data);
            Assert.All(restored.Holders, lease => Assert.InRange(lease.ExpiresAt, now.Monotonic, now.Monotonic + lease.Term + lease.Request.Delay));
            state = restored;
        }
    });

    private static (LockRequest Request, FencingToken Token, HoldExtent? Extent) WhatStays(Lease lease) => (lease.Request, lease.FencingToken, lease.Extent);

    private static void Play(Random random, Kinds kinds, int steps, Func<TwinLocks, Action<LockCommand>> apply)
    {
        var policy = new LockPolicy { QueueLimit = random.Pick(1, 3, 100), PresenceWindow = Sec(random.Pick(2, 20)), HoldersMax = random.Pick(1, 2, 100) };
        var twins = new TwinLocks(policy);
        var act = apply(twins);
        for (var step = 0; step < steps; step++)
        {
            if (random.Chance(0.5))
                twins.Wait(random.Pick(Instant, Ms(1), Ms(500), Ms(800), Sec(1), Ms(1200), Sec(5), Sec(8), Sec(12), Sec(16)) - random.Pick(TimeSpan.Zero, Instant));
            act(Draw(random, kinds, twins.State, step * Attempts / steps, Attempts));
        }
    }
}
