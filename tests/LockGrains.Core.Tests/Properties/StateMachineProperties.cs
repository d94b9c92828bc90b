using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Properties;

public sealed class StateMachineProperties
{
    /// <summary>Fewer than what is remembered of ended attempts: the reference never forgets.</summary>
    private const int Attempts = 60;

    [Fact]
    public void RandomCommands_DoWhatTheReferenceDoes() => RandomStory.Holds(300, random => Play(random, steps: 300, twins => twins.Do));

    [Fact]
    public void RandomCommands_DoneTwice_DoNothingMore() => RandomStory.Holds(200, random => Play(random, steps: 200, twins => command =>
    {
        twins.Do(command);
        twins.DoAgain(command);
    }));

    [Fact]
    public void RandomCommands_KeepTheStateBounded() => RandomStory.Holds(20, random =>
    {
        var policy = new LockPolicy { QueueLimit = 8 };
        var now = new LockTime(TimeSpan.Zero, 1_900_000_000_000);
        var state = LockState.Create(now, policy);
        for (var step = 0; step < 2000; step++)
        {
            now = new LockTime(now.Monotonic + Ms(random.Next(1000)), now.UnixMilliseconds + random.Next(1000));
            state = LockStateMachine.Apply(state, Draw(random, step / 4), now, policy).State;
            Assert.InRange(state.Queue.Count, 0, policy.QueueLimit);
        }

        Assert.InRange(Enumerable.Range(0, 600).Count(number => state.Ended.Find(Of(number)) != EndReason.None), EndedLeases.Generation, 2 * EndedLeases.Generation);
        Assert.Equal(EndedLeases.Stored, state.Ended.Youngest().Length);
    });

    [Fact]
    public void RandomRestarts_KeepHolderOrderAndTokens() => RandomStory.Holds(200, random =>
    {
        var policy = new LockPolicy { PresenceWindow = Sec(16) };
        var now = new LockTime(Sec(1000), 1_900_000_000_000);
        var state = LockState.Create(now, policy);
        for (var step = 0; step < 100; step++)
        {
            now = new LockTime(now.Monotonic + Ms(random.Next(2000)), now.UnixMilliseconds + random.Next(-100, 2000));
            state = LockStateMachine.Apply(state, Draw(random, step / 6), now, policy).State;
            if (!random.Chance(0.1))
                continue;

            // Another process: its monotonic clock has nothing to do with this one's.
            now = now with { Monotonic = Ms(random.Next(1_000_000)) };
            var restored = LockState.Restore(Records.Of(state), state.Queue.Waiters, now, policy);
            Assert.Equal(state.Holders.Select(lease => (lease.LeaseId, lease.FencingToken)), restored.Holders.Select(lease => (lease.LeaseId, lease.FencingToken)));
            Assert.Equal(state.Queue.Waiters.Select(waiter => waiter.LeaseId), restored.Queue.Waiters.Select(waiter => waiter.LeaseId));
            Assert.All(restored.Holders, lease => Assert.InRange(lease.ExpiresAt, now.Monotonic, now.Monotonic + lease.Term));
            state = restored;
        }
    });

    private static void Play(Random random, int steps, Func<TwinLocks, Action<LockCommand>> apply)
    {
        var policy = new LockPolicy { QueueLimit = random.Pick(1, 3, 100), PresenceWindow = Sec(random.Pick(2, 20)) };
        var twins = new TwinLocks(policy);
        var act = apply(twins);
        for (var step = 0; step < steps; step++)
        {
            if (random.Chance(0.5))
                twins.Wait(random.Pick(Instant, Ms(1), Ms(500), Ms(800), Sec(1), Ms(1200), Sec(5), Sec(8), Sec(12), Sec(16)) - random.Pick(TimeSpan.Zero, Instant));
            act(Draw(random, step * Attempts / steps, Attempts));
        }
    }

    /// <summary>A command about one of the youngest attempts, so that each has a life of its own and most of them meet.</summary>
    private static LockCommand Draw(Random random, int youngest, int count = int.MaxValue)
    {
        var leaseId = Of(Math.Clamp(youngest - random.Next(6), 0, count - 1));
        return random.Next(14) switch
        {
            <= 4 => new LockCommand.Acquire(
                new LockRequest(leaseId, "", LockMode.Exclusive, Sec(random.Pick(2, 30)), random.Chance(0.7)),
                random.Pick(TimeSpan.Zero, Ms(500), Sec(5), Forever, Forever),
                random.Pick((TimeSpan?)null, Ms(300), Sec(60)),
                random.Pick((TimeSpan?)null, null, Ms(500), Ms(600), Sec(30))),
            5 => new LockCommand.Renew(leaseId),
            6 or 7 => new LockCommand.Release(leaseId),
            8 => new LockCommand.Cancel(leaseId),
            9 => random.Pick<LockCommand>(new LockCommand.Verify(leaseId), LockCommand.Tick.Instance, new LockCommand.Revoke(FencingToken.None)),
            10 => new LockCommand.EndSlice(leaseId),
            11 => new LockCommand.Detach(leaseId),
            _ => new LockCommand.Beat([leaseId, Of(Math.Clamp(youngest - random.Next(6), 0, count - 1))]),
        };
    }
}
