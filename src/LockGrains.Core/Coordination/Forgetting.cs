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
internal sealed class Forgetting(ILockStore store, TimeProvider timeProvider, LockPolicy policy, ForgettingPace? pace)
{
    /// <summary>When the key may be forgotten, if it is idle then; on the coordinator's clock.</summary>
    public TimeSpan DueAt { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Somebody uses the key. Reading it is no use.</summary>
    public void Heard(TimeSpan now)
    {
        if (policy.ForgetAfter != Timeout.InfiniteTimeSpan)
            DueAt = now + policy.ForgetAfter;
    }

    /// <summary>
    /// Whether the clock is so far past the last token that a new life of the key starts above it. A key that was granted a moment ago for
    /// the first time is a little ahead of the clock, one whose clock was once set wrong perhaps far ahead: it is looked at again then.
    /// </summary>
    public bool MayForget(LockState state, LockTime now)
    {
        var wait = state.LastToken.UntilBehind(now.UnixMilliseconds, policy.ForgetAfter);
        if (wait <= TimeSpan.Zero)
            return true;
        DueAt = now.Monotonic + (wait < policy.ForgetAfter ? wait : policy.ForgetAfter);
        return false;
    }

    /// <summary>Finds the chunk slots that the key ever used, with their ETags. They are taken lowest first, so they end at the first that is missing.</summary>
    public async Task<IReadOnlyList<string>> FindSlotsAsync(LockState state)
    {
        var etags = new List<string>();
        while (state.Queue.NextTicket > WaitQueue.Empty.NextTicket
            && (await WithinTimeout(store.LoadAsync(RecordName.QueueSlot(etags.Count)))).ETag is { } etag)
            etags.Add(etag);
        return etags;
    }

    /// <summary>Deletes the slots, the highest first so that a crash leaves the lower ones to be found, and then the lock record.</summary>
    /// <exception cref="StoreConflictException">Another activation has written; what was deleted until then is used by nobody.</exception>
    public async Task DeleteAsync(IReadOnlyList<string> slotETags, string headETag)
    {
        for (var slot = slotETags.Count - 1; slot >= 0; slot--)
            await DeleteAsync(RecordName.QueueSlot(slot), slotETags[slot]);
        await DeleteAsync(RecordName.Head, headETag);
    }

    /// <summary>Whether it is this key's turn. If not, it is looked at again soon.</summary>
    public bool TryTakeTurn(TimeSpan now)
    {
        if (pace is null || pace.TryBegin(out var retryIn))
            return true;
        DueAt = now + retryIn;
        return false;
    }

    /// <summary>Its turn is over.</summary>
    public void EndTurn() => pace?.End();

    /// <summary>The key is being forgotten: nothing more is to be done until somebody uses it again, be it meanwhile.</summary>
    public void Begin() => DueAt = TimeSpan.MaxValue;

    private async Task DeleteAsync(RecordName name, string etag)
    {
        if ((await WithinTimeout(store.CompareAndDeleteAsync(name, etag))).IsConflict)
            throw new StoreConflictException(name);
    }

    private Task<T> WithinTimeout<T>(Task<T> operation) => operation.WaitAsync(policy.StoreTimeout, timeProvider);
}
