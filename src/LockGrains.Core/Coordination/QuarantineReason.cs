namespace LockGrains.Core;

/// <summary>Why an activation stopped trusting itself.</summary>
public enum QuarantineReason
{
    /// <summary>Never valid: a default-made value.</summary>
    None = 0,

    /// <summary>The record had another ETag: another activation has the key, or somebody changed the record.</summary>
    Conflict = 1,

    /// <summary>A storage operation failed or took too long: it may have been applied, or may be later.</summary>
    OutcomeUnknown = 2,

    /// <summary>The stored record cannot be read.</summary>
    BadRecord = 3,

    /// <summary>An invariant was violated, or the code threw what it should not.</summary>
    Defect = 4,
}
