using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// Who may hold a lock beside those who hold it. This is all that a kind of lock decides: the order in which requests are looked at is
/// the same for every kind, and nobody is passed over because it does not fit.
/// </summary>
internal static class Admission
{
    /// <summary>Whether a request may be granted now, as far as those who hold are concerned.</summary>
    public static bool Admits(ImmutableArray<Lease> holders, LockRequest request) => request.Mode switch
    {
        LockMode.Exclusive => holders.IsEmpty,
        _ => false,
    };

    /// <summary>Whether those who hold may do so side by side.</summary>
    public static bool Allows(ImmutableArray<Lease> holders) => holders.Length <= 1;
}
