namespace LockGrains.Core;

/// <summary>What is true after each step, in release builds too: <see cref="LockStateMachine"/> lists it.</summary>
internal static class LockInvariants
{
    /// <exception cref="InvariantViolationException">The logic is broken.</exception>
    public static void Assert(LockState before, LockState after, bool hasGranted, LockTime now, LockPolicy policy)
    {
        Check(Admission.Allows(after.Holders), "those who hold may do so side by side, and no two have one permit number");
        Check(after.LastToken >= before.LastToken, "fencing tokens never go back");
        Check(!hasGranted || after.LastToken > before.LastToken, "a grant has a larger fencing token than every one before");
        Check(after.Queue.FirstTicket >= before.Queue.FirstTicket, "the queue is served in ticket order");
        Check(after.Queue.NextTicket >= before.Queue.NextTicket, "tickets are never used again");
        Check(after.Queue.Count <= Math.Max(policy.QueueLimit, before.Queue.Count), "the queue keeps its limit");
        foreach (var lease in after.Holders)
        {
            Check(lease.FencingToken <= after.LastToken, "no holder has a token that was not drawn");
            Check(after.Queue.Find(lease.LeaseId) is null, "who holds does not wait");
        }

        Check(
            after.Upgrade is not { } upgrade || after.FindHolder(upgrade.LeaseId) is { Mode: LockMode.Upgradeable },
            "an upgrade waits only for an upgradeable hold");
        Check(
            after.Next is not { } next || !next.IsThere(now) || !Admission.Admits(after.Holders, next, after.Data?.Limit ?? 0, policy),
            "a waiter that is there is not kept waiting for a lock that admits it");
        Check(
            after.Data?.Value is not { IsEphemeral: true } value || after.FindHolder(value.SetBy) is not null, "a value that ends with its hold has one");
    }

    private static void Check(bool holds, string invariant) => InvariantViolationException.ThrowUnless(holds, invariant);
}
