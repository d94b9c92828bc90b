namespace LockGrains.Simulation;

/// <summary>What a stored lock record says, in the order in which the store applied the writes.</summary>
internal readonly record struct CommitFacts(
    long Epoch,
    long LastToken,
    int Holders,
    Guid Holder,
    long HolderToken,
    long GrantedAtWall,
    long Term,
    long FirstTicket,
    long NextTicket,
    long CommittedTail,
    IReadOnlyList<Guid> Ended,
    int Chunks,
    int Bytes);
