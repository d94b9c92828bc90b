using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// One lock, as a function: state, command and time in; next state, answer and events out. It has no clock, does no I/O, makes no
/// ids and waits for nothing, so everything about who holds a lock and who is next can be read here and tried here.
/// <para>What is always true (and checked after each step, in release builds too):</para>
/// <list type="number">
/// <item>Those who hold may do so side by side (<see cref="Admission"/>): who holds exclusively is alone.</item>
/// <item>Each grant's fencing token is larger than every one before.</item>
/// <item>Grants follow ticket order, in every mode; a ticket is passed over only if its waiter cancelled, timed out or stopped coming. An upgrade, of which there is one at most, goes before.</item>
/// <item>If the first waiter is there to take the lock, those who hold leave no room for it: the lock is handed over, never freed and raced for.</item>
/// <item>A lease does not end by time before its deadline.</item>
/// <item>Only its own <see cref="LeaseId"/> renews, changes or releases a lease; a stale one gets an answer and has no effect.</item>
/// <item>Every command may come twice, late, or after its own cancel.</item>
/// </list>
/// Timers are for liveness only: each command but <see cref="LockCommand.Hear"/> first settles what is due.
/// </summary>
public static class LockStateMachine
{
    /// <summary>Decides a command.</summary>
    /// <param name="state">The state to decide on; it does not change.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="now">The instant.</param>
    /// <param name="policy">The bounds.</param>
    /// <exception cref="InvariantViolationException">The logic is broken; the state must not be used any more.</exception>
    public static LockTransition Apply(LockState state, LockCommand command, LockTime now, LockPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(policy);
        var draft = new LockDraft(state, now, policy);
        if (command is LockCommand.Hear heard)
            return Hear(draft, heard);
        draft.ExpireLeases();
        draft.SweepIfDue();
        draft.GrantToWaiters();
        var (reply, after) = command switch
        {
            LockCommand.Acquire acquire => Acquire(draft, acquire),
            LockCommand.Renew renew => Renew(draft, renew.LeaseId),
            LockCommand.Release release => Release(draft, release.LeaseId),
            LockCommand.Cancel cancel => Cancel(draft, cancel.LeaseId),
            LockCommand.Upgrade upgrade => HoldChanges.Upgrade(draft, upgrade),
            LockCommand.CancelUpgrade cancel => HoldChanges.CancelUpgrade(draft, cancel),
            LockCommand.Downgrade downgrade => HoldChanges.Downgrade(draft, downgrade),
            LockCommand.SetValue setValue => KeyChanges.SetValue(draft, setValue),
            LockCommand.ReadValue => KeyChanges.ReadValue(draft),
            LockCommand.SetLimit setLimit => KeyChanges.SetLimit(draft, setLimit),
            LockCommand.Verify verify => Verify(draft, verify.LeaseId),
            LockCommand.Revoke revoke => Revoke(draft, revoke.FencingToken),
            LockCommand.EndSession end => SessionChanges.EndSession(draft, end.Session),
            LockCommand.AskEnd ask => SessionChanges.AskEnd(draft, ask.FencingToken),
            LockCommand.Beat beat => Beat(draft, beat.LeaseIds),
            LockCommand.EndSlice endSlice => EndSlice(draft, endSlice.LeaseId),
            LockCommand.Detach detach => Detach(draft, detach.LeaseId),
            LockCommand.Look => (LockReply.None.Instance, AnswerAfter.Reread),
            LockCommand.Tick => (LockReply.None.Instance, AnswerAfter.Decision),
            _ => throw new ArgumentException($"The command {command.GetType().Name} is not one of a lock's.", nameof(command)),
        };

        // Whatever the command freed, the lock or the head of the queue, is handed over in this same step.
        draft.GrantToWaiters();
        return draft.Finish(reply, after);
    }

    private static (LockReply, AnswerAfter) Acquire(LockDraft draft, LockCommand.Acquire acquire)
    {
        if (draft.Policy.ProblemOf(acquire) is { } problem)
            return Denied(draft, DenyReason.Invalid, problem);

        // The answer to an earlier copy was lost, or is still on its way: the same grant, the same token.
        var lease = draft.FindHolder(acquire.LeaseId);
        var waiter = draft.FindWaiter(acquire.LeaseId);
        if ((lease?.Request ?? waiter?.Request) is { } earlier && !earlier.IsSameAs(acquire.Request))
            return Denied(draft, DenyReason.Invalid, LockPolicy.ProblemOfRepeat(earlier));

        if (lease is not null)
            return draft.MayBeFromFormerLife(lease) ? Denied(draft, DenyReason.Ended) : (draft.Granted(lease), AnswerAfter.Validation);

        if (waiter is not null)
            return ComeBack(draft, acquire, waiter);

        // A late copy of an attempt that is over must neither queue nor be granted again.
        if (draft.EndOf(acquire.LeaseId) != EndReason.None)
            return Denied(draft, draft.EndOf(acquire.LeaseId) == EndReason.SessionEnded ? DenyReason.SessionEnded : DenyReason.Ended);

        if (Admission.IsOverLimit(acquire.Request, draft.Data.Limit))
            return Denied(draft, DenyReason.Limit, LockPolicy.ProblemOfLimit(acquire.Request, draft.Data.Limit));

        if (draft.IsFreeFor(acquire.Request))
            return (draft.Granted(draft.GrantAtOnce(acquire)), AnswerAfter.Write);

        // No barging: a request that would not wait does not overtake those who do, even while nobody holds.
        if (acquire.Wait == TimeSpan.Zero || acquire.NoNewPlace)
            return Denied(draft, DenyReason.Busy);

        if (draft.QueueLength >= draft.Policy.QueueLimit)
            draft.Sweep();
        if (draft.QueueLength >= draft.Policy.QueueLimit)
            return Denied(draft, DenyReason.QueueFull);

        draft.Enqueue(acquire);
        draft.GrantToWaiters();
        return GrantedOrQueued(draft, acquire.LeaseId);
    }

    internal static (LockReply, AnswerAfter) ComeBack(LockDraft draft, LockCommand.Waiting call, Waiter waiter)
    {
        if (call.Wait == TimeSpan.Zero && draft.IsNext(waiter))
            return (draft.Granted(draft.GrantTo(call is LockCommand.Acquire acquire ? waiter with { Value = acquire.Value } : waiter)), AnswerAfter.Write);

        if (call.Wait == TimeSpan.Zero)
            return TimedOut(draft, waiter);

        draft.Attach(waiter, call);
        draft.GrantToWaiters();
        return GrantedOrQueued(draft, call.LeaseId);
    }

    private static (LockReply, AnswerAfter) Renew(LockDraft draft, LeaseId leaseId) =>
        draft.FindHolder(leaseId) is { } lease
            ? (new LockReply.Renewed(draft.Renew(lease), draft.WaiterCount), AnswerAfter.Write)
            : NotHeld(draft, leaseId);

    private static (LockReply, AnswerAfter) Release(LockDraft draft, LeaseId leaseId)
    {
        if (draft.FindHolder(leaseId) is { } lease)
            return EndHold(draft, lease, EndReason.Released, draft.ReleaseAnswer);

        return draft.EndOf(leaseId) == EndReason.Released
            ? (new LockReply.Ended(EndReason.Released), AnswerAfter.Decision)
            : NotHeld(draft, leaseId);
    }

    private static (LockReply, AnswerAfter) Cancel(LockDraft draft, LeaseId leaseId)
    {
        if (draft.FindHolder(leaseId) is { } lease)
            return EndHold(draft, lease, EndReason.Released, draft.ReleaseAnswer);

        if (draft.FindWaiter(leaseId) is { } waiter)
        {
            draft.EndWait(waiter, EndReason.Cancelled);
            return (new LockReply.Ended(EndReason.Cancelled), AnswerAfter.Validation);
        }

        var end = draft.EndOf(leaseId);
        if (end is EndReason.Cancelled or EndReason.Released)
            return (new LockReply.Ended(end), AnswerAfter.Decision);

        if (end != EndReason.None || leaseId == LeaseId.None)
            return (new LockReply.NotHeld(end), AnswerAfter.Validation);

        // The cancel overtook its acquire, or nobody knows what became of it: turn away the copy that may still come. The write sees to
        // it that a grant which an older activation sent to storage, and which has not arrived yet, never will.
        draft.Remember(leaseId, EndReason.Cancelled);
        return (new LockReply.NotHeld(end), AnswerAfter.Write);
    }

    private static (LockReply, AnswerAfter) Verify(LockDraft draft, LeaseId leaseId) =>
        draft.FindHolder(leaseId) is { } lease ? (new LockReply.Current(lease), AnswerAfter.Validation) : NotHeld(draft, leaseId);

    private static (LockReply, AnswerAfter) Revoke(LockDraft draft, FencingToken token)
    {
        var last = FencingToken.None;
        var count = 0;
        foreach (var lease in draft.Holders)
        {
            if (token != FencingToken.None && token != lease.FencingToken)
                continue;
            draft.EndLease(lease, EndReason.Revoked);
            last = lease.FencingToken > last ? lease.FencingToken : last;
            count++;
        }

        return count > 0
            ? (new LockReply.Ended(EndReason.Revoked, last, count), AnswerAfter.Write)
            : (new LockReply.NotHeld(EndReason.None), AnswerAfter.Validation);
    }

    private static (LockReply, AnswerAfter) Beat(LockDraft draft, ImmutableArray<LeaseId> leaseIds)
    {
        var places = ImmutableArray.CreateBuilder<WaiterPlace>(leaseIds.Length);
        foreach (var leaseId in leaseIds)
            places.Add(draft.Hear(leaseId));
        return (new LockReply.Heard(places.MoveToImmutable(), draft.QueueLength), AnswerAfter.Decision);
    }

    private static (LockReply, AnswerAfter) EndSlice(LockDraft draft, LeaseId leaseId)
    {
        if (draft.FindWaiter(leaseId) is not { } waiter)
            return NotHeld(draft, leaseId);

        if (waiter.GivesUp)
            return TimedOut(draft, waiter);

        draft.EndSlice(waiter);
        return GrantedOrQueued(draft, leaseId);
    }

    // It settles nothing: others may have been heard, too, whom what is due must not drop before that is decided.
    private static LockTransition Hear(LockDraft draft, LockCommand.Hear heard)
    {
        draft.Hear(heard);
        return draft.Finish(LockReply.None.Instance, AnswerAfter.Decision);
    }

    private static (LockReply, AnswerAfter) Detach(LockDraft draft, LeaseId leaseId)
    {
        if (draft.FindWaiter(leaseId) is { } waiter)
            draft.Detach(waiter);
        return (LockReply.None.Instance, AnswerAfter.Decision);
    }

    private static (LockReply, AnswerAfter) EndHold(LockDraft draft, Lease lease, EndReason reason, AnswerAfter after)
    {
        draft.EndLease(lease, reason);
        return (new LockReply.Ended(reason, lease.FencingToken, Count: 1), after);
    }

    private static (LockReply, AnswerAfter) TimedOut(LockDraft draft, Waiter waiter)
    {
        draft.EndWait(waiter, EndReason.TimedOut);
        if (!waiter.IsUpgrade)
            return Denied(draft, DenyReason.TimedOut);

        // Its hold goes on, so only the number of the upgrade tells a late copy of it from a new one.
        draft.SettleChange(draft.FindHolder(waiter.LeaseId)!, waiter.Change);
        return (new LockReply.Denied(DenyReason.TimedOut, draft.QueueLength), AnswerAfter.Write);
    }

    internal static (LockReply, AnswerAfter) GrantedOrQueued(LockDraft draft, LeaseId leaseId) =>
        draft.FindWaiter(leaseId) is { } waiter
            ? (new LockReply.Queued(waiter.Ticket, draft.PlaceOf(waiter), draft.QueueLength), AnswerAfter.Decision)
            : (draft.Granted(draft.FindHolder(leaseId)!), AnswerAfter.Write);

    internal static (LockReply, AnswerAfter) Denied(LockDraft draft, DenyReason reason, string? detail = null) =>
        (new LockReply.Denied(reason, draft.QueueLength, detail), reason switch
        {
            DenyReason.Busy or DenyReason.QueueFull or DenyReason.Limit => AnswerAfter.RecentValidation,

            // A wait or a hold is over, which a forgotten activation has no say in: the waiter may be first in line elsewhere.
            DenyReason.TimedOut or DenyReason.NotHeld => AnswerAfter.Validation,
            _ => AnswerAfter.Decision,
        });

    // "You do not hold it" makes a client stop its work, so a forgotten activation must not say it.
    internal static (LockReply, AnswerAfter) NotHeld(LockDraft draft, LeaseId leaseId) =>
        (new LockReply.NotHeld(draft.EndOf(leaseId)), AnswerAfter.Validation);
}
