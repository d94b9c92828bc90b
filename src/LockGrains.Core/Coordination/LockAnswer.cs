namespace LockGrains.Core;

/// <summary>What a call is answered.</summary>
/// <param name="Reply">The lock's reply.</param>
/// <param name="ValidFor">
/// For a lease, the time from the arrival of this call to the end of the lease, on this activation's clock. The client counts it from
/// the moment it sent the call, which was earlier: so it stops before the lease ends here, whatever the network and the wait in the
/// queue took, and no clock is compared with another.
/// </param>
public readonly record struct LockAnswer(LockReply Reply, TimeSpan ValidFor = default)
{
    /// <summary>The answer of an activation that cannot say.</summary>
    /// <param name="detail">Why, for people.</param>
    public static LockAnswer Unknown(string detail) => new(new LockReply.Unknown(detail));
}
