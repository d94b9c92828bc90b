namespace LockGrains.Simulation;

/// <summary>
/// What a client does with a request to its end. It lets go of one only when a silo has told it that nothing is left. Or it has asked for
/// the end for as long as anything can be left. It tells its owner of each loss, believes in no hold that it was told is over, and keeps a
/// lock for as long as its owner wants it kept.
/// </summary>
internal sealed class LetGoChecker(Evidence evidence)
{
    /// <summary>How long the end of a request is asked for, beyond its lease: a message's lifetime, less the last pause before giving up.</summary>
    private const long AskedForMin = (30 - 3) * TimeSpan.TicksPerSecond;

    public void OnSent(AttemptFacts attempt, CallFacts call)
    {
        if (call.Kind == CallKind.Acquire)
        {
            attempt.UnansweredAcquires++;
            attempt.IsNothingLeft = false;
            attempt.SliceMax = Math.Max(attempt.SliceMax, call.Slice);
            if (attempt.WasToldOver)
                evidence.Fail("told is known", $"the client of {Short.Of(attempt.Lease)} asks for it again, though it was told that it is over");
        }

        // No longer than its session: when that is lost, there is nothing to keep.
        if (call.Kind == CallKind.Release && attempt.Session is not { IsBelieved: false } && evidence.Now + TimeSpan.TicksPerMillisecond < Math.Min(attempt.KeptUntil, attempt.BelievedUntil))
            evidence.Fail("kept as asked", $"{Short.Of(attempt.Lease)} is released before {Timeline.Time(attempt.KeptUntil)}, until when it is to be kept");
    }

    public void OnReceived(AttemptFacts attempt, CallFacts call, AnswerFacts answer, bool isAwaited)
    {
        if (call.Kind == CallKind.Acquire && answer.Kind != AnswerKind.Unknown)
            attempt.UnansweredAcquires--;
        if (!isAwaited)
            return;
        if (answer.Kind == AnswerKind.NotHeld && (call.IsChange || call.Kind is CallKind.Renew or CallKind.Verify))
            attempt.ToldNotHeldAt = evidence.Now;

        // What becomes of a change says nothing of the request.
        if (call.IsChange)
            return;
        var wasNothingLeft = attempt.IsNothingLeft;
        switch (answer.Kind)
        {
            case AnswerKind.Granted or AnswerKind.Queued or AnswerKind.Renewed:
                // A reply to a call from before the one whose reply said so is no news: the network only brought it later.
                attempt.IsNothingLeft &= call.SentAt < attempt.NothingLeftAskedAt;
                break;
            case AnswerKind.Busy or AnswerKind.QueueFull or AnswerKind.OverLimit:
                // Said of this copy alone.
                attempt.IsNothingLeft |= attempt.UnansweredAcquires == 0;
                break;
            case AnswerKind.Over or AnswerKind.TimedOut or AnswerKind.Invalid or AnswerKind.Ended or AnswerKind.SessionOver:
                attempt.IsNothingLeft = true;
                break;
            case AnswerKind.NotHeld:
                // To others it is said of the hold, and a copy of the request may still queue.
                attempt.IsNothingLeft |= call.Kind is CallKind.Cancel or CallKind.Release;
                break;
        }

        if (attempt.IsNothingLeft && !wasNothingLeft)
            attempt.NothingLeftAskedAt = call.SentAt;
        attempt.WasToldOver |= call.Kind == CallKind.Acquire && answer.Kind is AnswerKind.Over or AnswerKind.TimedOut;
    }

    public void OnEndOfBelief(AttemptFacts attempt)
    {
        if (attempt.IsBelieved && attempt.ToldNotHeldAt >= 0 && evidence.Now > attempt.ToldNotHeldAt + TimeSpan.TicksPerMillisecond)
            evidence.Fail("told is known", $"the client of {Short.Of(attempt.Lease)} believed in it after it was told that it is not held");
    }

    public void OnLossNoticed(AttemptFacts attempt, bool wasTold)
    {
        if (!wasTold)
            evidence.Fail("told of its loss", $"the owner of {Short.Of(attempt.Lease)} may not rely on it any more, and was not told");
    }

    public void OnLetGo(AttemptFacts attempt)
    {
        var askedForLong = attempt.EndAskedAt >= 0
            && evidence.Now >= attempt.EndAskedAt + attempt.Duration + attempt.Delay + attempt.SliceMax + AskedForMin;
        if (!attempt.IsNothingLeft && !askedForLong && attempt.WasSent)
            evidence.Fail("nothing is left behind", $"the client of {Short.Of(attempt.Lease)} let go of it, and nobody had told it that nothing is left");
    }
}
