namespace LockGrains.Core;

/// <summary>
/// The random id of one attempt to hold the lock and, once granted, of that one hold. It is the idempotency key of every request
/// and the only proof of ownership. Made by the client; Core never makes one.
/// </summary>
/// <param name="Value">128 random bits.</param>
public readonly record struct LeaseId(Guid Value)
{
    /// <summary>No id: never valid in a request.</summary>
    public static LeaseId None => default;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("N");
}
