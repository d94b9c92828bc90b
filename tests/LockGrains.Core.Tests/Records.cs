namespace LockGrains.Core.Tests;

/// <summary>Lock records of states.</summary>
internal static class Records
{
    /// <summary>The record of a state whose whole queue is stored.</summary>
    public static LockRecord Of(LockState state) => LockRecord.Of(state, state.Queue.NextTicket, chunks: [], endedTickets: []);
}
