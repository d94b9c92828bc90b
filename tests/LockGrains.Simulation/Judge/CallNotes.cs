namespace LockGrains.Simulation;

/// <summary>Notes what arrives at an activation and what it answers, for the rules that look at it later.</summary>
internal sealed class CallNotes(Evidence evidence, QueueChecker queue, MemoryChecker memory, ChangeChecker changes, DataChecker data, Coverage coverage)
{
    public void OnDelivered(ActivationFacts activation, Delivery delivery)
    {
        var call = delivery.Call;
        if (call.Kind != CallKind.ReadValue)
            activation.UsedAt = evidence.Now;
        CallChecker.OnDelivered(activation, delivery);
        if (call.Kind == CallKind.Revoke)
            evidence.Key(call.Key).RevokedAt = evidence.Now;
        if (call.Kind == CallKind.Beat)
            queue.OnBeat(activation, call.Lease);
        if (call.MayWait && !call.IsForeign)
            queue.OnDelivered(activation, call);
        if (call.IsChange)
            changes.OnDelivered(activation, call);
        if (call.IsOfData)
            data.OnDelivered(call);
        if (call.Kind != CallKind.Acquire || evidence.Find(call.Lease) is not { } attempt)
            return;
        attempt.LastDeliveredAt = evidence.Now;
        activation.SaidOver.Remove(call.Lease);
        if (attempt.OverAt >= 0)
            coverage.Add(Mark.LateDuplicateAcquire);
    }

    public void OnAnswered(ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        var call = delivery.Call;
        if (call.Kind == CallKind.Beat)
        {
            OnBeatAnswered(activation, delivery, answer);
            return;
        }

        if (call.IsOfData)
        {
            data.OnAnswered(activation, delivery, answer);
            return;
        }

        if (call.IsForeign)
        {
            if (answer.Kind == AnswerKind.Invalid)
                coverage.Add(Mark.ForeignRefused);
            return;
        }

        if (call.MayWait)
            activation.AnsweredAt[call.Waiter] = evidence.Now;
        if (evidence.Find(call.Lease) is not { } attempt || evidence.IsFromBeforeLoss(activation))
            return;
        if (answer.IsOfHold && activation.LateTokens.Contains(answer.Token))
            evidence.Fail("create in time", $"{activation} answered {call} with token {answer.Token}, of a record that it made too late");
        if (call.IsChange)
            changes.OnAnswered(activation, delivery, attempt, answer);
        else
            OnRequestAnswered(activation, call, attempt, answer);
    }

    private void OnBeatAnswered(ActivationFacts activation, Delivery delivery, AnswerFacts answer)
    {
        coverage.Add(answer.Kind == AnswerKind.Waits ? Mark.HeardByBeat : Mark.ToldToCallAgain);
        if (answer.Kind != AnswerKind.Waits)
            return;
        var waiter = new WaiterId(delivery.Call.Lease, IsUpgrade: answer.Ticket == 0);
        queue.OnSaidToWait(activation, waiter, delivery.At);
        if (waiter.IsUpgrade)
            ChangeChecker.OnSaidToWait(activation, delivery);
    }

    private void OnRequestAnswered(ActivationFacts activation, CallFacts call, AttemptFacts attempt, AnswerFacts answer)
    {
        if (answer.Kind == AnswerKind.Queued)
        {
            if (attempt.Ticket == answer.Ticket && activation.Id > attempt.PlaceToldBy)
                coverage.Add(Mark.PlaceKeptOverFailover);
            queue.OnPlace(attempt, activation, answer.Ticket);
            attempt.PlaceToldBy = activation.Id;
        }

        if (call.Kind == CallKind.Cancel && answer is { Kind: AnswerKind.NotHeld, End: EndKind.None })
            memory.OnOver(activation, call.Lease);
        var isOver = answer.Kind == AnswerKind.Ended || (answer.Kind == AnswerKind.NotHeld && call.Kind == CallKind.Cancel);

        if (answer.Kind == AnswerKind.NotHeld && call.Kind == CallKind.Cancel)
            attempt.SaidOverAt = evidence.Now;

        // Said again, it is the same end: a late copy may have entered another activation's queue since it was said first.
        var isSaidFirst = !isOver || call.Kind is not (CallKind.Cancel or CallKind.Release) || activation.SaidOver.Add(call.Lease);
        if (answer.Kind == AnswerKind.TimedOut || (answer.Kind == AnswerKind.Ended && answer.End == EndKind.Cancelled && isSaidFirst))
            attempt.WaitOverAt = evidence.Now;
        if (answer.Kind == AnswerKind.Granted && activation.Told.ContainsKey(call.Lease))
            coverage.Add(Mark.GrantRepeated);
        if (answer.Kind == AnswerKind.Over && attempt.OverAt >= 0)
            coverage.Add(Mark.LateDuplicateDenied);
    }
}
