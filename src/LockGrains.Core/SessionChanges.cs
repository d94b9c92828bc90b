namespace LockGrains.Core;

/// <summary>
/// What <see cref="LockStateMachine"/> does about sessions. A session is a hold of a key of its own, and nothing but its end is known of it here: what
/// is held under it ends then, though its own lease goes on.
/// </summary>
internal static class SessionChanges
{
    /// <summary>Nobody is told anything by it that needs a proof: whoever is granted the lock in the same step is told when that is written.</summary>
    public static (LockReply, AnswerAfter) EndSession(LockDraft draft, SessionRef session)
    {
        var (last, count) = (FencingToken.None, 0);
        foreach (var lease in draft.Holders)
        {
            if (lease.Request.Session != session)
                continue;
            draft.EndLease(lease, EndReason.SessionEnded);
            (last, count) = (lease.FencingToken > last ? lease.FencingToken : last, count + 1);
        }

        draft.EndWaitsWhere(waiter => waiter.Request.Session == session, EndReason.SessionEnded);
        return (count > 0 ? new LockReply.Ended(EndReason.SessionEnded, last, count) : new LockReply.NotHeld(EndReason.None), AnswerAfter.Decision);
    }

    /// <summary>
    /// Locks are handed on by this word, so an end that a crash could take back is not told. Nor is a hold over whose token this key has not drawn yet:
    /// storage may have lost it. Where there is no record, the next token may even be the same one.
    /// </summary>
    public static (LockReply, AnswerAfter) AskEnd(LockDraft draft, FencingToken token)
    {
        var isDrawn = draft.IsStored ? token <= draft.LastToken : token < draft.LastToken;
        var isOver = isDrawn && !draft.Holders.Any(lease => lease.FencingToken == token);
        return (new LockReply.EndIs(isOver), isOver ? AnswerAfter.Stored : AnswerAfter.RecentValidation);
    }
}
