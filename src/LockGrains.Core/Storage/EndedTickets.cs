namespace LockGrains.Core;

/// <summary>
/// The tickets of one chunk whose waits are over, and that its stored form may still name: a bit for each of its 256 tickets. The
/// lock record carries it until the chunk is written again, so that a wait that was told to be over stays over, however many end at once.
/// </summary>
/// <param name="Chunk">The chunk's number.</param>
/// <param name="Low">Its first 128 tickets.</param>
/// <param name="High">Its last 128 tickets.</param>
public readonly record struct EndedTickets(long Chunk, UInt128 Low, UInt128 High)
{
    /// <summary>Whether none is over.</summary>
    public bool IsEmpty => Low == 0 && High == 0;

    /// <summary>Whether the wait with a ticket of this chunk is over.</summary>
    /// <param name="ticket">The ticket.</param>
    public bool Contains(long ticket)
    {
        var (low, high) = BitOf(ticket);
        return (Low & low) != 0 || (High & high) != 0;
    }

    /// <summary>This, and one more.</summary>
    /// <param name="ticket">The ticket.</param>
    public EndedTickets With(long ticket)
    {
        var (low, high) = BitOf(ticket);
        return this with { Low = Low | low, High = High | high };
    }

    /// <summary>Only those that some waiters have: the rest is not in the stored chunk any more.</summary>
    /// <param name="waiters">The waiters that are stored.</param>
    public EndedTickets Among(IEnumerable<Waiter> waiters)
    {
        var among = new EndedTickets(Chunk, 0, 0);
        foreach (var waiter in waiters)
            among = Contains(waiter.Ticket) ? among.With(waiter.Ticket) : among;
        return among;
    }

    private (UInt128 Low, UInt128 High) BitOf(long ticket)
    {
        var index = ticket - QueueChunk.FirstTicketOf(Chunk);
        return index switch
        {
            < 0 or >= QueueChunk.Size => throw new ArgumentOutOfRangeException(nameof(ticket), ticket, "It must be a ticket of this chunk."),
            < 128 => (UInt128.One << (int)index, 0),
            _ => (0, UInt128.One << (int)(index - 128)),
        };
    }
}
