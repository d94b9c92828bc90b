namespace LockGrains.Core;

/// <summary>
/// One key in storage: what was found, what is written, and the proof that this activation is still the current one. The only code that
/// knows the ETag of the lock record. Whatever it throws means that the activation must trust itself no more.
/// </summary>
internal sealed class LockJournal(ILockStore store, ActivationClock clock, LockPolicy policy, ILockCoordinatorObserver? observer)
{
    private string? _etag;

    // What is known where the ETag is null.
    private Absence _absence;
    private TimeSpan _validatedAt;

    /// <summary>The chunks of the queue.</summary>
    public QueueJournal Queue { get; } = new(store, observer);

    /// <summary>Whether the key has a record.</summary>
    public bool IsStored => _etag is not null;

    /// <summary>Whether there was no record, and that was seen so long ago that nothing may be decided on it.</summary>
    public bool IsAbsenceOld => _etag is null && !_absence.AllowsDecision(clock.Now, policy);

    public bool IsValidatedRecently(LockTime now) => policy.ValidationAge > TimeSpan.Zero && now.Monotonic - _validatedAt < policy.ValidationAge;

    /// <summary>Reads the key, and fences it if somebody holds or waits.</summary>
    public async Task<(LockState State, bool IsFenced)> LoadAsync()
    {
        _absence = new Absence(clock.Now);
        _validatedAt = _absence.AskedAt.Monotonic;
        var stored = await store.LoadAsync(RecordName.Lock);
        _etag = stored.ETag;
        if (stored.Data.IsEmpty && stored.ETag is null)
            return (LockState.Create(clock.Now, policy), false);

        var record = RecordCodec.DecodeLock(stored.Data);
        var waiters = await LoadWaitersAsync(record);
        var state = LockState.Restore(record, waiters, clock.Now, policy);

        // From the fence on, whatever an older activation or a late write still sends meets another ETag. Only a lock that nobody
        // holds or waits for needs none: there is nothing to take from anybody, and the first grant is a fence itself.
        var fenced = !state.Holders.IsEmpty || !state.Queue.IsEmpty;
        if (fenced)
            await WriteAsync(state);
        return (state, fenced);
    }

    /// <summary>Writes a state with the ETag of the one before.</summary>
    public async Task WriteAsync(LockState state)
    {
        var startedAt = clock.Elapsed;
        var places = Queue.PlacesFor(state);
        var record = LockRecord.Of(state, Queue.FlushedTail, places, Queue.EndedFor(places));
        var data = RecordCodec.Encode(record);
        var write = await CompareAndSetAsync(data, startedAt);
        if (write.IsConflict)
            throw new StoreConflictException(RecordName.Lock);
        if (_etag is null && !_absence.AllowsCreation(clock.Now, policy))
            throw new TimeoutException("The storage took so long to create the record that the key may have been used and forgotten meanwhile.");
        _etag = write.ETag;
        _validatedAt = startedAt;
        Queue.OnCommitted(record);
        observer?.OnWritten(RecordName.Lock, data.Length, clock.Elapsed - startedAt);
    }

    /// <summary>Asks the store whether this activation is the current one, without writing.</summary>
    public async Task ValidateAsync()
    {
        var startedAt = clock.Elapsed;
        var stored = await store.LoadAsync(RecordName.Lock);
        if (stored.ETag != _etag)
            throw new StoreConflictException(RecordName.Lock);
        _validatedAt = startedAt;
    }

    /// <summary>Finds out whether there is still no record, before anything is decided on an absence that was seen long ago.</summary>
    public async Task LookAgainAsync()
    {
        var absence = new Absence(clock.Now);
        await ValidateAsync();
        _absence = absence;
        if (IsAbsenceOld)
            throw new TimeoutException("The storage took so long to say that there is no record that the key may have been used and forgotten meanwhile.");
    }

    /// <summary>Finds the chunk slots that the key ever used, with their ETags. They are taken lowest first, so they end at the first that is missing.</summary>
    public async Task<IReadOnlyList<string>> FindSlotsAsync(LockState state)
    {
        var etags = new List<string>();
        while (state.Queue.NextTicket > WaitQueue.Empty.NextTicket && (await store.LoadAsync(RecordName.QueueSlot(etags.Count))).ETag is { } etag)
            etags.Add(etag);
        return etags;
    }

    /// <summary>Deletes the slots, the highest first so that a crash leaves the lower ones to be found, and then the lock record.</summary>
    /// <exception cref="StoreConflictException">Another activation has written; what was deleted until then is used by nobody.</exception>
    public async Task DeleteAsync(IReadOnlyList<string> slotETags)
    {
        _absence = new Absence(clock.Now);
        for (var slot = slotETags.Count - 1; slot >= 0; slot--)
            await DeleteAsync(RecordName.QueueSlot(slot), slotETags[slot]);
        await DeleteAsync(RecordName.Lock, _etag!);
        _etag = null;
        Queue.Forget();
    }

    private async Task DeleteAsync(RecordName name, string etag)
    {
        if ((await store.CompareAndDeleteAsync(name, etag)).IsConflict)
            throw new StoreConflictException(name);
    }

    private async Task<IReadOnlyList<Waiter>> LoadWaitersAsync(LockRecord record)
    {
        try
        {
            var waiters = await Queue.LoadAsync(record);
            if (Queue.HasForeignChunk)
                await ValidateAsync();
            return waiters;
        }
        catch (RecordFormatException)
        {
            // Chunks that do not fit their lock record are most likely newer than it: a live activation has moved on meanwhile.
            await ValidateAsync();
            throw;
        }
    }

    private async Task<StoreWrite> CompareAndSetAsync(byte[] data, TimeSpan startedAt)
    {
        try
        {
            var write = await store.CompareAndSetAsync(RecordName.Lock, _etag, data);
            if (write.IsConflict)
                observer?.OnWriteFailed(isConflict: true, clock.Elapsed - startedAt);
            return write;
        }
        catch
        {
            observer?.OnWriteFailed(isConflict: false, clock.Elapsed - startedAt);
            throw;
        }
    }
}
