using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// Keeps the queue in storage without ever making a hand-over wait for it: which chunks of the queue differ from what is stored,
/// where they are stored, and up to which ticket a place is durable.
/// <para>
/// Why this is safe with several activations of one key: a chunk's entry counts only below <see cref="LockRecord.CommittedTail"/>,
/// which moves with the compare-and-set of the safety record, after the chunk was written. An entry leaves a chunk only after that
/// record was written with a later decision than the one to remove it. So whatever an activation that has lost the key writes into a
/// chunk, it adds nothing that counts and removes nothing that was not settled while it still had the key.
/// </para>
/// </summary>
internal sealed class QueueJournal(ILockStore store, Action<RecordName, int> onWritten)
{
    private readonly SortedDictionary<long, StoredChunk> _stored = [];
    private readonly Dictionary<int, string?> _slotETags = [];
    private readonly SortedSet<int> _freeSlots = [];
    private SortedSet<long> _changed = [];
    private int _slotCount;

    /// <summary>Tickets below are in their chunks.</summary>
    public long FlushedTail { get; private set; } = WaitQueue.Empty.NextTicket;

    /// <summary>Tickets below are in their chunks, and the safety record says so: these places are durable.</summary>
    public long CommittedTail { get; private set; } = WaitQueue.Empty.NextTicket;

    /// <summary>Whether waiters left the queue, other than by a grant, since the safety record was last written.</summary>
    public bool HasUncommittedRemovals { get; private set; }

    public bool NeedsFlush => _changed.Count > 0;

    /// <summary>Notes what an event changes.</summary>
    /// <returns>Whether something is to be flushed.</returns>
    public bool Observe(LockEvent lockEvent)
    {
        switch (lockEvent)
        {
            case LockEvent.WaiterQueued queued:
                return _changed.Add(QueueChunk.NumberOf(queued.Waiter.Ticket));
            case LockEvent.WaitEnded ended when ended.Waiter.Ticket < FlushedTail:
                HasUncommittedRemovals = true;
                return _changed.Add(QueueChunk.NumberOf(ended.Waiter.Ticket));
            default:
                return false;
        }
    }

    /// <summary>Reads the waiters that a safety record speaks of.</summary>
    public async Task<IReadOnlyList<Waiter>> LoadAsync(LockRecord record)
    {
        FlushedTail = CommittedTail = record.CommittedTail;
        var loads = record.Chunks.Select(async place => (Place: place, Stored: await store.LoadAsync(RecordName.QueueSlot(place.Slot)))).ToArray();
        var waiters = new List<Waiter>();
        foreach (var (place, stored) in await Task.WhenAll(loads))
        {
            _slotETags[place.Slot] = stored.ETag;
            _stored.Add(place.Number, new StoredChunk(place.Slot));

            // A chunk that is gone takes its waiters' places with it, but not the key: they come back as new ones.
            if (stored.Data.IsEmpty)
                continue;
            var chunk = RecordCodec.DecodeChunk(stored.Data);
            if (chunk.Number != place.Number)
                throw new RecordFormatException($"The record {RecordName.QueueSlot(place.Slot)} has chunk {chunk.Number} where {place.Number} belongs.");
            waiters.AddRange(chunk.Waiters.Where(waiter => waiter.Ticket >= record.FirstTicket && waiter.Ticket < record.CommittedTail));
        }

        _slotCount = record.Chunks.IsEmpty ? 0 : record.Chunks.Max(place => place.Slot) + 1;
        _freeSlots.UnionWith(Enumerable.Range(0, _slotCount).Except(record.Chunks.Select(place => place.Slot)));
        return waiters;
    }

    /// <summary>The chunks that a safety record of this state names.</summary>
    public ImmutableArray<ChunkPlace> PlacesFor(LockState state)
    {
        var firstChunk = QueueChunk.NumberOf(state.Queue.FirstTicket);
        return [.. _stored.Where(chunk => chunk.Key >= firstChunk && !chunk.Value.IsEmpty).Select(chunk => new ChunkPlace(chunk.Key, chunk.Value.Slot))];
    }

    /// <summary>The safety record was written: what it confirmed is durable, and the slots that it no longer names may be used again.</summary>
    public void OnCommitted(LockRecord record)
    {
        CommittedTail = record.CommittedTail;
        HasUncommittedRemovals = false;
        if (_stored.Count == record.Chunks.Length)
            return;
        var firstChunk = QueueChunk.NumberOf(record.FirstTicket);
        var named = record.Chunks.Select(place => place.Number).ToHashSet();
        foreach (var (number, chunk) in _stored.Where(chunk => chunk.Key < firstChunk || chunk.Value.IsEmpty).ToArray())
        {
            if (named.Contains(number))
                continue;
            _stored.Remove(number);
            _freeSlots.Add(chunk.Slot);
        }
    }

    /// <summary>
    /// Writes the chunks that have changed, as they are in a state. The caller sees to it that this state's removals are committed
    /// (<see cref="HasUncommittedRemovals"/>), and then commits the tail.
    /// </summary>
    /// <returns>Whether anything had to be written: most waiters of a busy lock are served before they need to be.</returns>
    /// <exception cref="StoreConflictException">A chunk had another ETag.</exception>
    public async Task<bool> FlushAsync(LockState state)
    {
        var changed = _changed;
        _changed = [];
        var written = false;
        foreach (var number in changed)
        {
            var firstTicket = QueueChunk.FirstTicketOf(number);
            var chunk = new QueueChunk(number, [.. state.Queue.Between(firstTicket, firstTicket + QueueChunk.Size)]);
            if (!chunk.Waiters.IsEmpty)
            {
                await WriteAsync(chunk);
                written = true;
            }
            else if (_stored.TryGetValue(number, out var stored))
            {
                stored.IsEmpty = true;
            }
        }

        FlushedTail = state.Queue.NextTicket;
        return written;
    }

    private async Task WriteAsync(QueueChunk chunk)
    {
        var isStored = _stored.TryGetValue(chunk.Number, out var stored);
        var slot = isStored ? stored!.Slot : TakeSlot();
        var name = RecordName.QueueSlot(slot);
        if (!_slotETags.TryGetValue(slot, out var etag))
            etag = (await store.LoadAsync(name)).ETag;
        var data = RecordCodec.Encode(chunk);
        var write = await store.CompareAndSetAsync(name, etag, data);
        if (write.IsConflict)
            throw new StoreConflictException(name);
        _slotETags[slot] = write.ETag;
        onWritten(name, data.Length);

        // Named in a safety record only from here on: before, the slot holds something else.
        if (isStored)
            stored!.IsEmpty = false;
        else
            _stored.Add(chunk.Number, new StoredChunk(slot));
    }

    private int TakeSlot()
    {
        if (_freeSlots.Count == 0)
            return _slotCount++;
        var slot = _freeSlots.Min;
        _freeSlots.Remove(slot);
        return slot;
    }

    private sealed class StoredChunk(int slot)
    {
        public int Slot => slot;

        /// <summary>Nobody in it waits any more: the next safety record leaves it out.</summary>
        public bool IsEmpty { get; set; }
    }
}
