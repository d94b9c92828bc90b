using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>Locks to measure on: held by one, waited for by so many.</summary>
internal static class LockStates
{
    public static readonly LockPolicy Policy = new() { QueueLimit = 1_000_000 };

    /// <summary>An instant at which nothing has expired.</summary>
    public static readonly LockTime Now = new(TimeSpan.FromSeconds(1), 1_770_000_000_000);

    public static LockCommand.Acquire Acquire(LeaseId leaseId) => new(
        new LockRequest(leaseId, "benchmark/1", LockMode.Exclusive, TimeSpan.FromSeconds(30), Renews: true), Timeout.InfiniteTimeSpan);

    /// <summary>The ids of holder (0) and waiters.</summary>
    public static LeaseId Id(int index) => new(new Guid(index + 1, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8));

    public static LockState HeldWith(int waiters)
    {
        var state = LockState.Create(Now, Policy);
        for (var index = 0; index <= waiters; index++)
            state = LockStateMachine.Apply(state, Acquire(Id(index)), Now, Policy).State;
        return state;
    }
}
