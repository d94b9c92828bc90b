namespace LockGrains.Core.Tests;

/// <summary>Safety records of states.</summary>
internal static class Records
{
    /// <summary>The record of a state whose whole queue is stored.</summary>
    public static LockRecord Of(LockState state) => new()
    {
        Epoch = state.Epoch,
        LastToken = state.LastToken,
        LastTokenAt = state.LastTokenAt,
        Holders = state.Holders,
        Ended = state.Ended.Youngest(),
        NextTicket = state.Queue.NextTicket,
        FirstTicket = state.Queue.FirstTicket,
        CommittedTail = state.Queue.NextTicket,
        Chunks = [],
        NearTail = state.NearTail,
        EndedTickets = [],
    };
}
