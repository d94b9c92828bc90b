using System.Diagnostics.CodeAnalysis;

namespace LockGrains.Core;

/// <summary>A record had another ETag than the one that this activation knew: somebody else writes this key.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Always names the record.")]
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "Never leaves the coordinator, which turns it into a quarantine.")]
internal sealed class StoreConflictException : Exception
{
    public StoreConflictException(RecordName name)
        : base($"The record '{name}' has another ETag than expected: another activation writes this key, or the record was changed or removed.")
    {
    }
}
