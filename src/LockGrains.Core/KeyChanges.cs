namespace LockGrains.Core;

/// <summary>
/// What <see cref="LockStateMachine"/> does with a key's limit and value. A command that sets one says which version it replaces, so that a copy
/// that comes late has no effect.
/// </summary>
internal static class KeyChanges
{
    public static (LockReply, AnswerAfter) SetValue(LockDraft draft, LockCommand.SetValue command)
    {
        if ((draft.Policy.ProblemOf(command.Value) ?? LockPolicy.FindVersionProblem(command.IfVersion)) is { } problem)
            return LockStateMachine.Denied(draft, DenyReason.Invalid, problem);
        if (draft.FindHolder(command.LeaseId) is not { } lease)
            return LockStateMachine.NotHeld(draft, command.LeaseId);
        if (lease.Mode != LockMode.Exclusive)
            return LockStateMachine.Denied(draft, DenyReason.Invalid, $"Mode is {lease.Mode}; only an {LockMode.Exclusive} hold sets the value.");

        var version = draft.Data.ValueVersion;
        if (command.IfVersion == version)
        {
            draft.SetValue(lease, command.Value);
            return (new LockReply.ValueIs(draft.Value, draft.Data.ValueVersion), AnswerAfter.Write);
        }

        // The reply to an earlier copy was lost.
        var isDone = command.IfVersion == version - 1 && IsSet(draft.Data.Value, lease, command.Value);
        return (new LockReply.ValueIs(draft.Value, version, IsConflict: !isDone), AnswerAfter.Validation);
    }

    /// <summary>Reading never makes a record: where there is none, what was found out a short while ago must do.</summary>
    public static (LockReply, AnswerAfter) ReadValue(LockDraft draft) =>
        (new LockReply.ValueIs(draft.Value, draft.Data.ValueVersion), draft.IsStored ? AnswerAfter.Validation : AnswerAfter.RecentValidation);

    public static (LockReply, AnswerAfter) SetLimit(LockDraft draft, LockCommand.SetLimit command)
    {
        if ((LockPolicy.FindLimitProblem(command.Limit) ?? LockPolicy.FindVersionProblem(command.IfVersion)) is { } problem)
            return LockStateMachine.Denied(draft, DenyReason.Invalid, problem);

        var data = draft.Data;
        if (command.IfVersion == data.LimitVersion)
        {
            draft.SetLimit(command.Limit);
            return (new LockReply.LimitIs(draft.Data.Limit, draft.Data.LimitVersion), AnswerAfter.Write);
        }

        var isDone = command.IfVersion == data.LimitVersion - 1 && command.Limit == data.Limit;
        return (new LockReply.LimitIs(data.Limit, data.LimitVersion, IsConflict: !isDone), AnswerAfter.Validation);
    }

    private static bool IsSet(KeyValue? value, Lease lease, NewValue wanted) => value is null
        ? wanted.Bytes.IsEmpty
        : value.SetBy == lease.LeaseId && value.IsEphemeral == wanted.KeepFor is null && value.Bytes.AsSpan().SequenceEqual(wanted.Bytes.AsSpan());
}
