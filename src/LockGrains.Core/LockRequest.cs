namespace LockGrains.Core;

/// <summary>What somebody asks a lock for. It travels whole: from the call into the queue, the lease and storage.</summary>
/// <param name="LeaseId">The id of the request, and the proof of ownership once it is granted.</param>
/// <param name="OwnerId">A label for people; decides nothing.</param>
/// <param name="Mode">What it shares the lock with.</param>
/// <param name="Duration">The full lease, which a renewal extends to.</param>
/// <param name="Renews">Whether it will renew, so that a short first lease will do.</param>
public sealed record LockRequest(LeaseId LeaseId, string OwnerId, LockMode Mode, TimeSpan Duration, bool Renews);
