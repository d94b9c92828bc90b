namespace LockGrains.Core;

/// <summary>
/// Forgets a key that nobody has used for a while: deletes its records, so that storage holds what is in use, not what ever was.
/// <para>
/// Why tokens keep growing: a key is forgotten only when its last token lies <see cref="LockPolicy.ForgetAfter"/> behind the wall clock,
/// and a key that is made anew starts ahead of the clock. Why no other activation loses anything: each deletion is a compare-and-delete
/// with the ETag of the state that it was decided on. Chunk slots have ETags of their own; those are read before the lock record is written
/// once more, which fails unless this activation is still the current one (<see cref="QueueJournal"/>'s own rule).
/// </para>
/// </summary>
internal sealed class Forgetting(LockJournal journal, ActivationClock clock, LockPolicy policy, ForgettingPace? pace)
{
    /// <summary>When the key may be forgotten, if it is idle then; on the coordinator's clock.</summary>
    public TimeSpan DueAt { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Somebody uses the key. Reading it is no use.</summary>
    public void Heard(TimeSpan now)
    {
        if (policy.ForgetAfter != Timeout.InfiniteTimeSpan)
            DueAt = now + policy.ForgetAfter;
    }

    /// <summary>Deletes the key's records. A command that comes before the first deletion calls it off; one that comes later creates the key anew.</summary>
    /// <param name="state">The state, of an idle key.</param>
    /// <param name="isDue">Whether it is still idle, and due.</param>
    /// <returns>Whether the key has no records now.</returns>
    public async Task<bool> ForgetAsync(LockState state, Func<bool> isDue)
    {
        if (!journal.IsStored)
        {
            DueAt = TimeSpan.MaxValue;
            return true;
        }

        if (!MayForget(state, clock.Now) || !TryTakeTurn(clock.Elapsed))
            return false;
        try
        {
            return await DeleteRecordsAsync(state, isDue);
        }
        finally
        {
            pace?.End();
        }
    }

    private async Task<bool> DeleteRecordsAsync(LockState state, Func<bool> isDue)
    {
        var slots = await journal.FindSlotsAsync(state);
        if (slots.Count > 0 && isDue())
        {
            journal.Queue.LeaveOutChunks();
            await journal.WriteAsync(state);
        }

        if (!isDue())
            return false;

        // Nothing more is to be done until somebody uses the key again, be it meanwhile.
        DueAt = TimeSpan.MaxValue;
        await journal.DeleteAsync(slots);
        return true;
    }

    /// <summary>
    /// Whether the clock is so far past the last token that a new life of the key starts above it. A key that was granted a moment ago for
    /// the first time is a little ahead of the clock, one whose clock was once set wrong perhaps far ahead: it is looked at again then.
    /// </summary>
    private bool MayForget(LockState state, LockTime now)
    {
        var kept = state.Data?.KeptFor(now.UnixMilliseconds) ?? TimeSpan.Zero;
        if (kept == Timeout.InfiniteTimeSpan)
        {
            DueAt = TimeSpan.MaxValue;
            return false;
        }

        var wait = state.LastToken.UntilBehind(now.UnixMilliseconds, policy.ForgetAfter);
        wait = wait > kept ? wait : kept;
        if (wait <= TimeSpan.Zero)
            return true;
        DueAt = now.Monotonic + (wait < policy.ForgetAfter ? wait : policy.ForgetAfter);
        return false;
    }

    /// <summary>Whether it is this key's turn. If not, it is looked at again soon.</summary>
    private bool TryTakeTurn(TimeSpan now)
    {
        if (pace is null || pace.TryBegin(out var retryIn))
            return true;
        DueAt = now + retryIn;
        return false;
    }
}
