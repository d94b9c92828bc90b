namespace LockGrains.Simulation;

/// <summary>
/// Answers: what is promised was written before it was said (S1), what is denied was checked, every call is answered within its
/// time (F3), and the same attempt gets the same answer (I8), but nobody else under its id.
/// </summary>
internal sealed class CallChecker(Evidence evidence, TokenChecker tokens)
{
    private const long Second = TimeSpan.TicksPerSecond;

    public static void OnDelivered(ActivationFacts activation, Delivery delivery) => activation.Open.Add(delivery.Id, delivery);

    /// <summary>An activation has answered a call.</summary>
    public void OnAnswered(ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var (_, call, deliveredAt) = delivery;
        CheckTime(activation, call, deliveredAt);
        if (evidence.Find(call.Lease) is not { } attempt || evidence.WasHeadLost(attempt))
            return;
        if (call.IsForeign)
        {
            CheckForeign(delivery, attempt, answer);
            return;
        }

        switch (answer.Kind)
        {
            case AnswerKind.Granted or AnswerKind.Renewed or AnswerKind.Current or AnswerKind.Changed:
                CheckWritten(activation, delivery, attempt, answer);
                if ((answer.Kind == AnswerKind.Renewed || call.Kind == CallKind.CancelUpgrade) && activation.CommittedAt < deliveredAt)
                    evidence.Fail("write before answer", $"{activation} confirmed {call}, but wrote nothing since it came");
                break;
            case AnswerKind.Busy or AnswerKind.QueueFull or AnswerKind.OverLimit:
                CheckDenial(activation, call, deliveredAt);
                break;
            case AnswerKind.TimedOut:
                CheckCurrent(activation, call, deliveredAt);
                break;
            case AnswerKind.NotHeld:
                CheckNotHeld(activation, call, deliveredAt);
                break;
        }
    }

    /// <summary>The world has come to rest: whoever was asked and lives has answered.</summary>
    public void OnRest()
    {
        foreach (var activation in evidence.Keys.SelectMany(key => key.Activations))
        {
            foreach (var delivery in activation.Open.Values)
                evidence.Fail("every call answered", $"{activation} never answered {delivery.Call}, which came at {Timeline.Time(delivery.At)}");
        }
    }

    private void CheckTime(ActivationFacts activation, CallFacts call, long deliveredAt)
    {
        var slice = call.MayWait ? evidence.Promises.SliceOf(call) : 0;
        var calmedAt = evidence.CalmSince + evidence.Promises.StoreTimeout;

        // A try waits for word of the sessions that the lock is held under.
        var asks = call.Kind == CallKind.Acquire && evidence.Key(call.Key).IsHeldUnderSessions ? evidence.Promises.SessionTry : 0;
        if (evidence.CalmSince >= 0 && deliveredAt > calmedAt && evidence.Now - deliveredAt > slice + (slice / 50) + asks + Second)
            evidence.Fail("answered in time", $"{activation} took {Timeline.Time(evidence.Now - deliveredAt)} for {call} in calm times");
    }

    private void CheckWritten(ActivationFacts activation, Delivery delivery, AttemptFacts attempt, AnswerFacts answer)
    {
        var call = delivery.Call;

        // A grant that landed after its key was forgotten is none that was seen, but the record has it all the same.
        var isWritten = tokens.WasGranted(call.Key, call.Lease, answer.Token) || evidence.Key(call.Key).Committed?.Find(call.Lease)?.Token == answer.Token;

        // It may have been decided before an upgrade that was told of since it came.
        var isFromBefore = attempt.Tokens.Contains(answer.Token) && activation.ChangedAt.GetValueOrDefault(call.Lease, -1) >= delivery.At;
        if (activation.Told.TryGetValue(call.Lease, out var told) && told != answer.Token && !isFromBefore)
            evidence.Fail("same attempt, same token", $"{activation} told {Short.Of(call.Lease)} token {told} and then {answer.Token}");
        if (!activation.Remembered.Contains(call.Lease) && !isFromBefore)
            activation.Told[call.Lease] = answer.Token;
        attempt.IsPromisedAsleep |= activation.IsClockBroken;
        if (answer.Change == 0 && (answer.Mode != attempt.Mode || answer.Permits != attempt.Permits))
            evidence.Fail("granted as asked", $"{activation} answered {call} with {answer.Permits} permits, {answer.Mode}, where {attempt.Asked} was asked for");

        // Granted and ended within one batch, the record never names it; its client had asked for that end.
        if (!isWritten && attempt.EndAskedAt < 0)
            evidence.Fail("write before answer", $"{activation} answered {call} with token {answer.Token}, which is in no record");

        // Of a change, too, the record has what is told.
        if (evidence.Key(call.Key) is { Committed: { } last } key && key.CommittedBy == activation && last.Find(call.Lease) is { } noted && noted.Change < answer.Change)
            evidence.Fail("write before answer", $"{activation} answered {call} with change {answer.Change}, and its record says {noted.Change}");
    }

    /// <summary>A waiter was cancelled. Its client gives up for good, so a forgotten activation has no say in it.</summary>
    public void OnCancelled(ActivationFacts activation, Guid lease)
    {
        // A copy that came while the record was looked at is not the one that did it.
        var first = activation.Open.Values.Where(open => open.Call.Kind == CallKind.Cancel && open.Call.Lease == lease).MinBy(open => open.Id);
        if (first is not null)
            CheckCurrent(activation, first.Call, first.At);
    }

    private void CheckCurrent(ActivationFacts activation, CallFacts call, long since)
    {
        if (activation.CheckedAt < since && !activation.IsClockBroken)
            evidence.Fail("denied only when checked", $"{activation} ended {call}, but last looked at the record at {Timeline.Time(activation.CheckedAt)}");
    }

    // A "no" may be a little old, as old as the policy says.
    private void CheckDenial(ActivationFacts activation, CallFacts call, long deliveredAt)
    {
        var age = evidence.Promises.ValidationAge;
        CheckCurrent(activation, call, deliveredAt - age - (age / 50));
    }

    private void CheckNotHeld(ActivationFacts activation, CallFacts call, long deliveredAt)
    {
        var key = evidence.Key(call.Key);
        if (key.Committed is not { } committed || committed.Find(call.Lease) is null || key.CommittedBy == activation)
            return;
        if (evidence.Find(call.Lease) is { } attempt && attempt.GrantCommittedAt < deliveredAt && key.CommittedAt < deliveredAt)
            evidence.Fail("denied only when checked", $"{activation} answered {call} with 'not held', but {key.CommittedBy} had it as a holder all along");
    }

    // One id, one owner. Where the id is known no more, it is a new request: from its grant on the hold is that of who asked.
    private void CheckForeign(Delivery delivery, AttemptFacts attempt, AnswerFacts answer)
    {
        var isHeld = evidence.Key(attempt.Key).Committed?.Find(attempt.Lease) is { IsForeign: false } && attempt.GrantCommittedAt < delivery.At;
        if (isHeld && answer.Kind is AnswerKind.Granted or AnswerKind.Queued)
            evidence.Fail("one id, one owner", $"{delivery.Call} was answered {answer.Kind}, under an id that belongs to another owner");
    }
}
