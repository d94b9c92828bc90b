namespace LockGrains.Simulation;

/// <summary>What a stored lock record says, in the order in which the store applied the writes.</summary>
internal readonly record struct CommitFacts(
    long Epoch,
    long LastToken,
    long LastTokenAtWall,
    IReadOnlyList<HolderFacts> Holders,
    long FirstTicket,
    long NextTicket,
    long CommittedTail,
    IReadOnlyList<Guid> Ended,
    int Chunks,
    int Bytes)
{
    /// <summary>The key's limit and value.</summary>
    public KeyDataFacts Data { get; init; }

    /// <summary>The hold of an attempt; null when it has none.</summary>
    public HolderFacts? Find(Guid lease)
    {
        foreach (var holder in Holders)
        {
            if (holder.Lease == lease)
                return holder;
        }

        return null;
    }
}
