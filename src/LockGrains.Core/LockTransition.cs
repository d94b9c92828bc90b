using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>What a command made of a state. Nothing of it is true before it may be (see <see cref="After"/>).</summary>
/// <param name="State">The next state.</param>
/// <param name="Reply">The answer to the command.</param>
/// <param name="Events">What happened, in order, also to others than the one who asked.</param>
/// <param name="After">What must have happened before the answer and the events may be told.</param>
/// <param name="Dirty">Whether a lease began, changed or ended, so that the next state should be stored soon even if no answer waits for it.</param>
public readonly record struct LockTransition(
    LockState State, LockReply Reply, ImmutableArray<LockEvent> Events, AnswerAfter After, bool Dirty);

/// <summary>What must have happened before an answer may be given: each includes the ones before it.</summary>
public enum AnswerAfter
{
    /// <summary>Nothing: the answer promises nothing that a crash or a newer activation could take back.</summary>
    Decision = 0,

    /// <summary>This activation was current a short while ago: enough for "no", which is old when it arrives anyway.</summary>
    RecentValidation = 1,

    /// <summary>
    /// Storage was asked after the decision, and has no other record than this activation knows. Where it has none, that proves less than
    /// <see cref="Validation"/> and makes no record: enough for one who only looks.
    /// </summary>
    Reread = 2,

    /// <summary>This activation was found to be current after the decision.</summary>
    Validation = 3,

    /// <summary>
    /// This activation was found to be current after the decision, and storage has all that it knows: enough for what others act on for good.
    /// Written where it does not, or where there is no record.
    /// </summary>
    Stored = 4,

    /// <summary>The next state is in storage.</summary>
    Write = 5,
}

/// <summary>What happened to a lease or a waiter: a closed set.</summary>
public abstract record LockEvent
{
    private LockEvent()
    {
    }

    /// <summary>A lease began.</summary>
    /// <param name="Lease">The lease.</param>
    /// <param name="Waiter">The waiter that it was granted to; null when the lock was free and nobody had to wait.</param>
    public sealed record LeaseGranted(Lease Lease, Waiter? Waiter) : LockEvent;

    /// <summary>A lease was extended.</summary>
    /// <param name="Lease">The lease as it is now.</param>
    public sealed record LeaseRenewed(Lease Lease) : LockEvent;

    /// <summary>A hold was upgraded or downgraded.</summary>
    /// <param name="Before">The hold as it was.</param>
    /// <param name="After">The hold as it is now; its fencing token is another one if it was upgraded.</param>
    /// <param name="Waiter">The upgrade that waited for it; null when it did not wait.</param>
    public sealed record HoldChanged(Lease Before, Lease After, Waiter? Waiter) : LockEvent;

    /// <summary>An upgrade ended without having been granted.</summary>
    /// <param name="Waiter">The upgrade.</param>
    /// <param name="Reason">How: cancelled, timed out or dropped, or its hold ended.</param>
    public sealed record UpgradeEnded(Waiter Waiter, EndReason Reason) : LockEvent;

    /// <summary>A lease ended.</summary>
    /// <param name="Lease">The lease.</param>
    /// <param name="Reason">How: released, expired or revoked, or with its session.</param>
    public sealed record LeaseEnded(Lease Lease, EndReason Reason) : LockEvent;

    /// <summary>A waiter entered the queue.</summary>
    /// <param name="Waiter">The waiter.</param>
    public sealed record WaiterQueued(Waiter Waiter) : LockEvent;

    /// <summary>A waiter left the queue without the lock.</summary>
    /// <param name="Waiter">The waiter.</param>
    /// <param name="Reason">How: cancelled, timed out or dropped.</param>
    public sealed record WaitEnded(Waiter Waiter, EndReason Reason) : LockEvent;
}
