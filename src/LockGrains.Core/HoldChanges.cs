namespace LockGrains.Core;

/// <summary>
/// What <see cref="LockStateMachine"/> does with commands that change a hold in place. Its holder numbers them, so that a copy which comes after
/// the next change has no effect: the hold's <see cref="LeaseId"/> alone cannot tell the two apart.
/// </summary>
internal static class HoldChanges
{
    public static (LockReply, AnswerAfter) Upgrade(LockDraft draft, LockCommand.Upgrade upgrade)
    {
        if (draft.Policy.ProblemOf(upgrade) is { } problem)
            return LockStateMachine.Denied(draft, DenyReason.Invalid, problem);
        if (draft.FindHolder(upgrade.LeaseId) is not { } lease)
            return LockStateMachine.Denied(draft, DenyReason.NotHeld);
        if (upgrade.Change < lease.Change)
            return LockStateMachine.Denied(draft, DenyReason.Ended);
        if (lease.Mode == LockMode.Exclusive)
            return AlreadyExclusive(draft, lease, upgrade.Change);
        if (upgrade.Change == lease.Change)
            return LockStateMachine.Denied(draft, DenyReason.Ended);
        if (lease.Mode != LockMode.Upgradeable)
            return LockStateMachine.Denied(draft, DenyReason.Invalid, $"Mode is {lease.Mode}; only an {LockMode.Upgradeable} hold can be upgraded: two that share the lock would wait for each other.");

        if (draft.FindWaiter(upgrade.LeaseId) is { } waiter)
        {
            if (upgrade.Change < waiter.Change)
                return LockStateMachine.Denied(draft, DenyReason.Ended);
            if (upgrade.Change == waiter.Change)
                return LockStateMachine.ComeBack(draft, upgrade, waiter);

            // Its client has given the older one up.
            draft.EndWait(waiter, EndReason.Cancelled);
        }

        if (draft.IsFreeForUpgrade)
            return (draft.Granted(draft.Upgrade(lease, upgrade.Change, waiter: null)), AnswerAfter.Write);
        if (upgrade.Wait == TimeSpan.Zero)
            return LockStateMachine.Denied(draft, DenyReason.Busy);
        draft.EnqueueUpgrade(lease, upgrade);
        return LockStateMachine.GrantedOrQueued(draft, upgrade.LeaseId);
    }

    // A downgrade of a smaller number may still be on its way, and must not count once this is told.
    private static (LockReply, AnswerAfter) AlreadyExclusive(LockDraft draft, Lease lease, int change) => change > lease.Change
        ? (draft.Granted(draft.SettleChange(lease, change)), AnswerAfter.Write)
        : (draft.Granted(lease), AnswerAfter.Validation);

    /// <summary>An upgrade that was granted meanwhile gives back what it got, and no more.</summary>
    public static (LockReply, AnswerAfter) CancelUpgrade(LockDraft draft, LockCommand.CancelUpgrade cancel)
    {
        if (draft.FindHolder(cancel.LeaseId) is not { } lease)
            return LockStateMachine.NotHeld(draft, cancel.LeaseId);
        if (draft.FindWaiter(cancel.LeaseId) is { } waiter && waiter.Change <= cancel.Change)
            draft.EndWait(waiter, EndReason.Cancelled);
        if (cancel.Change > lease.Change)
            lease = draft.SettleChange(lease, cancel.Change);
        else if (cancel.Change == lease.Change && lease.Extent is { IsUpgraded: true })
            lease = draft.Downgrade(lease, LockMode.Upgradeable, permits: 1, cancel.Change);
        return (new LockReply.Changed(lease), AnswerAfter.Write);
    }

    /// <summary>
    /// Those that it lets in are granted in the same step. Unlike a release it is told only when it is written: renewals would keep what a crash
    /// brought back for as long as the hold lasts.
    /// </summary>
    public static (LockReply, AnswerAfter) Downgrade(LockDraft draft, LockCommand.Downgrade downgrade)
    {
        if (draft.FindHolder(downgrade.LeaseId) is not { } lease)
            return LockStateMachine.NotHeld(draft, downgrade.LeaseId);
        var waiter = draft.FindWaiter(downgrade.LeaseId);
        if (downgrade.Change > 0 && downgrade.Change <= Math.Max(lease.Change, waiter?.Change ?? 0))
            return (new LockReply.Changed(lease), AnswerAfter.Validation);
        if (LockPolicy.ProblemOf(downgrade, lease) is { } problem)
            return LockStateMachine.Denied(draft, DenyReason.Invalid, problem);
        if (waiter is not null)
            draft.EndWait(waiter, EndReason.Cancelled);
        return (new LockReply.Changed(draft.Downgrade(lease, downgrade.Mode, downgrade.Permits, downgrade.Change)), AnswerAfter.Write);
    }
}
