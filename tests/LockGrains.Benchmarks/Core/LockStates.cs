using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>Locks to measure on: held by one and waited for by so many, or shared by so many.</summary>
internal static class LockStates
{
    public static readonly LockPolicy Policy = new() { QueueLimit = 1_000_000, HoldersMax = 4_096 };

    /// <summary>An instant at which nothing has expired.</summary>
    public static readonly LockTime Now = new(TimeSpan.FromSeconds(1), 1_770_000_000_000);

    public static LockCommand.Acquire Acquire(LeaseId leaseId) => new(
        new LockRequest(leaseId, "benchmark/1", LockMode.Exclusive, TimeSpan.FromSeconds(30), Renews: true), Timeout.InfiniteTimeSpan);

    /// <summary>Asks for a share of the lock.</summary>
    /// <param name="leaseId">The id of the request.</param>
    /// <param name="limit">The most permits that may be taken; 0 for no limit, as for a reader.</param>
    public static LockCommand.Acquire AcquireShared(LeaseId leaseId, int limit = 0) => new(
        new LockRequest(leaseId, "benchmark/1", LockMode.Shared, TimeSpan.FromSeconds(30), Renews: true) { Limit = limit }, Timeout.InfiniteTimeSpan);

    /// <summary>The ids of holder (0) and waiters.</summary>
    public static LeaseId Id(int index) => new(new Guid(index + 1, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8));

    public static LockState HeldWith(int waiters)
    {
        var state = LockState.Create(Now, Policy);
        for (var index = 0; index <= waiters; index++)
            state = LockStateMachine.Apply(state, Acquire(Id(index)), Now, Policy).State;
        return state;
    }

    public static LockState SharedBy(int holders, int limit = 0)
    {
        var state = LockState.Create(Now, Policy);
        for (var index = 0; index < holders; index++)
            state = LockStateMachine.Apply(state, AcquireShared(Id(index), limit), Now, Policy).State;
        return state;
    }

    /// <summary>The record of a lock that has been in use for a while.</summary>
    /// <param name="state">The lock.</param>
    /// <param name="chunks">How many chunks its queue is stored in.</param>
    public static LockRecord RecordOf(LockState state, int chunks = 0) => new()
    {
        Epoch = state.Epoch,
        LastToken = state.LastToken,
        LastTokenAt = state.LastTokenAt,
        Holders = state.Holders,
        Ended = [.. Enumerable.Range(0, EndedLeases.Stored).Select(index => new EndedLease(Id(index), EndReason.Released))],
        NextTicket = state.Queue.NextTicket,
        FirstTicket = state.Queue.FirstTicket,
        CommittedTail = state.Queue.NextTicket,
        Chunks = [.. Enumerable.Range(0, chunks).Select(number => new ChunkPlace(number, number))],
        EndedTickets = [],
    };
}
