namespace LockGrains.Chaos;

/// <summary>What nobody promises under a fault, so that the judge forgives it. Tokens, and what the resource saw, are never forgiven.</summary>
internal enum Excuse
{
    /// <summary>Everything must hold.</summary>
    Nothing,

    /// <summary>Acknowledged records were lost: the order of the holds of before and after is known only by their tokens.</summary>
    LostRecords,
}
