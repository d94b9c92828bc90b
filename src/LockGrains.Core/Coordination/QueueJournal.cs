using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// Keeps the queue in storage without ever making a hand-over wait for it: which chunks of the queue differ from what is stored,
/// where they are stored, and up to which ticket a place is durable.
/// <para>
/// Why this is safe with several activations of one key: a chunk's entry counts only below <see cref="LockRecord.CommittedTail"/>,
/// which moves with the compare-and-set of the lock record, after the chunk was written. An entry leaves a chunk only after that
/// record was written with a later decision than the one to remove it. And the tail moves past what an earlier activation left in, or
/// may still write into, a chunk that reaches beyond it only after this one has written that chunk anew, or left it out. It writes
/// into a slot only with an ETag that it knew before it was last proven to be the current one. So whatever
/// an activation that has lost the key writes into a chunk, it adds nothing that counts and removes nothing that was not settled while
/// it still had the key.
/// </para>
/// </summary>
internal sealed class QueueJournal(ILockStore store, ILockCoordinatorObserver? observer)
{
    // Most keys never have a queue that is stored, and there are many of them.
    private Chunks? _chunks;
    private int _slotCount;

    // Tickets below may be in their chunks: a flush of them has begun.
    private long _begunTail = WaitQueue.Empty.NextTicket;


    /// <summary>Tickets below are in their chunks.</summary>
    public long FlushedTail { get; private set; } = WaitQueue.Empty.NextTicket;

    /// <summary>Tickets below are in their chunks, and the lock record says so: these places are durable.</summary>
    public long CommittedTail { get; private set; } = WaitQueue.Empty.NextTicket;

    /// <summary>Whether waiters left the queue, other than by a grant, since the lock record was last written.</summary>
    public bool HasUncommittedRemovals { get; private set; }

    /// <summary>Whether this activation is over.</summary>
    public bool IsAbandoned { get; private set; }

    public bool NeedsFlush => _chunks is { Changed.Count: > 0 };

    /// <summary>
    /// Whether a slot had another chunk than the lock record says. Either that record is outdated, or, if it is not, the chunk was lost
    /// (deleted, and its slot then filled by an activation that had not heard): then its waiters come back as new ones.
    /// </summary>
    public bool HasForeignChunk { get; private set; }

    /// <summary>Whether a chunk was found to name somebody who has left: it is to be written again soon.</summary>
    public bool HasLeftovers { get; private set; }

    /// <summary>Whether a chunk may name a waiter: a flush that has it has begun.</summary>
    public bool MayBeStored(Waiter waiter) => waiter.Ticket < _begunTail;

    /// <summary>Notes that a wait which may be stored is over. The next lock record says so, until its chunk does not name it any more.</summary>
    public void NoteEnded(Waiter waiter)
    {
        var number = QueueChunk.NumberOf(waiter.Ticket);
        Known.Ended[number] = Known.Ended.GetValueOrDefault(number, new EndedTickets(number, 0, 0)).With(waiter.Ticket);
    }

    /// <summary>Notes what an event changes.</summary>
    /// <returns>Whether something is to be flushed.</returns>
    public bool Observe(LockEvent lockEvent)
    {
        switch (lockEvent)
        {
            case LockEvent.WaiterQueued queued:
                Known.Changed.Add(QueueChunk.NumberOf(queued.Waiter.Ticket));
                return true;
            case LockEvent.WaitEnded ended when MayBeStored(ended.Waiter):
                HasUncommittedRemovals = true;
                Known.Changed.Add(QueueChunk.NumberOf(ended.Waiter.Ticket));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads the waiters that a lock record speaks of.</summary>
    public async Task<IReadOnlyList<Waiter>> LoadAsync(LockRecord record)
    {
        FlushedTail = CommittedTail = _begunTail = record.CommittedTail;
        foreach (var ended in record.EndedTickets)
            Known.Ended[ended.Chunk] = ended;
        var loads = record.Chunks.Select(async place => (Place: place, Stored: await store.LoadAsync(RecordName.QueueSlot(place.Slot)))).ToArray();
        var waiters = new List<Waiter>();
        var settled = record.SettledLeases();
        foreach (var (place, stored) in await Task.WhenAll(loads))
        {
            if (!Known.SlotETags.TryAdd(place.Slot, stored.ETag) || !Known.Stored.TryAdd(place.Number, new StoredChunk(place.Slot)))
                throw new RecordFormatException($"The stored lock record names chunk {place.Number}, or its slot {place.Slot}, twice.");

            // An entry beyond the tail, there already or still to arrive from an earlier activation, must not count once the tail moves.
            if (place.Number >= QueueChunk.NumberOf(record.CommittedTail))
                Known.Changed.Add(place.Number);

            // A chunk that is gone takes its waiters' places with it, but not the key: they come back as new ones.
            if (stored.Data.IsEmpty)
                continue;
            var chunk = RecordCodec.DecodeChunk(stored.Data);
            if (chunk.Number != place.Number)
            {
                HasForeignChunk = true;
                continue;
            }

            if (chunk.Waiters.DistinctBy(waiter => waiter.LeaseId).Count() < chunk.Waiters.Length)
                throw new RecordFormatException($"The stored chunk {chunk.Number} of the queue has the same waiter twice.");
            waiters.AddRange(chunk.Waiters.Where(waiter => CountsAsWaiting(record, settled, waiter)));
            NoteLeftovers(record, settled, chunk);
        }

        if (waiters.DistinctBy(waiter => waiter.Ticket).Count() < waiters.Count)
            throw new RecordFormatException("The stored chunks of the queue have the same ticket twice.");
        if (!waiters.OrderBy(waiter => waiter.Ticket).SequenceEqual(waiters))
            throw new RecordFormatException("The stored chunks of the queue have waiters in another order than that of their tickets.");
        if (record.Chunks.IsEmpty)
            return waiters;
        _slotCount = record.Chunks.Max(place => place.Slot) + 1;
        Known.FreeSlots.UnionWith(Enumerable.Range(0, _slotCount).Except(record.Chunks.Select(place => place.Slot)));
        return WithoutOlderPlaces(waiters);
    }

    /// <summary>Who has left the chunks that a lock record names.</summary>
    public ImmutableArray<EndedTickets> EndedFor(ImmutableArray<ChunkPlace> places) => _chunks is not { Ended: { Count: > 0 } ended }
        ? []
        : [.. places.Select(place => ended.GetValueOrDefault(place.Number)).Where(static ended => !ended.IsEmpty)];

    /// <summary>The chunks that a lock record of this state names.</summary>
    public ImmutableArray<ChunkPlace> PlacesFor(LockState state)
    {
        if (_chunks is null)
            return [];
        var firstChunk = QueueChunk.NumberOf(state.Queue.FirstTicket);
        return [.. _chunks.Stored.Where(chunk => chunk.Key >= firstChunk && !chunk.Value.IsEmpty).Select(chunk => new ChunkPlace(chunk.Key, chunk.Value.Slot))];
    }

    /// <summary>The lock record was written with a state that all that was observed so far is part of.</summary>
    public void ConfirmRemovals() => HasUncommittedRemovals = false;

    /// <summary>This activation is over: a flush that is still under way writes no further chunk.</summary>
    public void Abandon() => IsAbandoned = true;

    /// <summary>
    /// Nobody waits: the next lock record names no chunk. One that outlives the deletion of its chunks must not, or the key would go on in
    /// a slot that has none below it, where nobody looks for it again (<see cref="Forgetting"/>).
    /// </summary>
    public void LeaveOutChunks()
    {
        foreach (var chunk in Known.Stored.Values)
            chunk.IsEmpty = true;
    }

    /// <summary>All records were deleted, when nobody waited. Tickets go on; slots and their ETags begin anew.</summary>
    public void Forget()
    {
        _chunks = null;
        _slotCount = 0;
    }

    /// <summary>The lock record was written: what it confirmed is durable, and the slots that it no longer names may be used again.</summary>
    public void OnCommitted(LockRecord record)
    {
        CommittedTail = record.CommittedTail;
        HasUncommittedRemovals = false;
        if (_chunks is null || _chunks.Stored.Count == record.Chunks.Length)
            return;
        var firstChunk = QueueChunk.NumberOf(record.FirstTicket);
        var named = record.Chunks.Select(place => place.Number).ToHashSet();
        foreach (var (number, chunk) in Known.Stored.Where(chunk => chunk.Key < firstChunk || chunk.Value.IsEmpty).ToArray())
        {
            // One that is being written anew may be about to hold waiters again.
            if (named.Contains(number) || Known.Flushing.Contains(number))
                continue;
            Known.Stored.Remove(number);
            Known.Ended.Remove(number);
            Known.FreeSlots.Add(chunk.Slot);
        }
    }

    /// <summary>
    /// Takes what has changed up to a state, and finds a slot for each chunk that has none.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <returns>
    /// Whether the ETag of a slot had to be asked for. It may be that of a later activation's chunk, which must not be overwritten: so
    /// before the chunks are written, a write of the lock record, begun from now on, has to prove that there was no later activation.
    /// </returns>
    public async Task<bool> BeginFlushAsync(LockState state)
    {
        var changed = Known.Changed;
        Known.Changed = [];
        _begunTail = state.Queue.NextTicket;
        foreach (var number in changed)
        {
            Known.Flushing.Add(number);
            if (!Known.Stored.ContainsKey(number) && !ContentOf(number, state).IsEmpty)
                Known.TakenSlots.Enqueue(TakeSlot());
        }

        var unknown = Known.TakenSlots.Where(slot => !Known.SlotETags.ContainsKey(slot)).ToArray();
        var loads = unknown.Select(async slot => (Slot: slot, Stored: await store.LoadAsync(RecordName.QueueSlot(slot))));
        foreach (var (slot, stored) in await Task.WhenAll(loads))
            Known.SlotETags[slot] = stored.ETag;
        return unknown.Length > 0;
    }

    /// <summary>
    /// Writes the chunks of the flush that has begun, as they are in a state whose removals are committed; the tail is to be committed next.
    /// </summary>
    /// <param name="state">The state: the one that the flush began with, or a later one.</param>
    /// <returns>Whether the lock record has to follow: most waiters of a busy lock are served before they need to be written.</returns>
    /// <exception cref="StoreConflictException">A chunk had another ETag.</exception>
    public async Task<bool> WriteChunksAsync(LockState state)
    {
        var written = false;
        foreach (var number in Known.Flushing.ToArray())
        {
            if (IsAbandoned)
                return false;
            var waiters = ContentOf(number, state);
            if (!waiters.IsEmpty)
            {
                await WriteAsync(new QueueChunk(number, waiters));
                written = true;
            }
            else if (Known.Stored.TryGetValue(number, out var stored))
            {
                stored.IsEmpty = true;

                // Those who left the middle of the queue would wait again after a crash, until a lock record no longer names their chunk.
                written |= number > QueueChunk.NumberOf(state.Queue.FirstTicket);
            }
            else
            {
                Known.Ended.Remove(number);
            }
        }

        Known.Flushing.Clear();
        Known.FreeSlots.UnionWith(Known.TakenSlots);
        Known.TakenSlots.Clear();
        FlushedTail = _begunTail;
        return written;
    }

    // The lock record names only the youngest who have left. When it has forgotten these, they would wait again.
    private void NoteLeftovers(LockRecord record, IReadOnlySet<LeaseId> settled, QueueChunk chunk)
    {
        if (chunk.Waiters.All(waiter => !record.IsOpen(waiter) || CountsAsWaiting(record, settled, waiter)))
            return;
        Known.Changed.Add(chunk.Number);
        HasLeftovers = true;
    }

    private bool CountsAsWaiting(LockRecord record, IReadOnlySet<LeaseId> settled, Waiter waiter) => record.CountsAsWaiting(waiter, settled)
        && !(Known.Ended.TryGetValue(QueueChunk.NumberOf(waiter.Ticket), out var ended) && ended.Contains(waiter.Ticket));

    /// <summary>
    /// Who is in two chunks came again after one of them was deleted, and a late write put back what that held long ago: the later
    /// place is the one that was told last.
    /// </summary>
    private List<Waiter> WithoutOlderPlaces(List<Waiter> waiters)
    {
        List<Waiter> latest = [.. Enumerable.Reverse(waiters).DistinctBy(waiter => waiter.LeaseId)];
        HasForeignChunk |= latest.Count < waiters.Count;
        latest.Reverse();
        return latest;
    }

    private ImmutableArray<Waiter> ContentOf(long number, LockState state)
    {
        var firstTicket = QueueChunk.FirstTicketOf(number);
        return [.. state.Queue.Between(firstTicket, Math.Min(firstTicket + QueueChunk.Size, _begunTail))];
    }

    private async Task WriteAsync(QueueChunk chunk)
    {
        var isStored = Known.Stored.TryGetValue(chunk.Number, out var stored);
        var slot = isStored ? stored!.Slot : Known.TakenSlots.Dequeue();
        var name = RecordName.QueueSlot(slot);
        var data = RecordCodec.Encode(chunk);
        var write = await store.CompareAndSetAsync(name, Known.SlotETags[slot], data);
        if (write.IsConflict)
            throw new StoreConflictException(name);
        Known.SlotETags[slot] = write.ETag;
        if (Known.Ended.TryGetValue(chunk.Number, out var ended))
            Known.Ended[chunk.Number] = ended.Among(chunk.Waiters);
        observer?.OnWritten(name, data.Length, TimeSpan.Zero);

        // Named in a lock record only from here on: before, the slot holds something else.
        if (isStored)
            stored!.IsEmpty = false;
        else
            Known.Stored.Add(chunk.Number, new StoredChunk(slot));
    }

    private int TakeSlot()
    {
        if (Known.FreeSlots.Count == 0)
            return _slotCount++;
        var slot = Known.FreeSlots.Min;
        Known.FreeSlots.Remove(slot);
        return slot;
    }

    private Chunks Known => _chunks ??= new Chunks();

    private sealed class Chunks
    {
        public SortedDictionary<long, StoredChunk> Stored { get; } = [];

        public Dictionary<int, string?> SlotETags { get; } = [];

        public SortedSet<int> FreeSlots { get; } = [];

        public SortedSet<long> Changed { get; set; } = [];

        /// <summary>Who has left the chunks that may still name them.</summary>
        public SortedDictionary<long, EndedTickets> Ended { get; } = [];

        /// <summary>The chunks of the flush that is under way.</summary>
        public SortedSet<long> Flushing { get; } = [];

        /// <summary>
        /// Slots for those that have none. They are used lowest first, so that the slots that were ever used have no gap
        /// (<see cref="LockJournal.FindSlotsAsync"/> finds them by that).
        /// </summary>
        public Queue<int> TakenSlots { get; } = new();
    }

    private sealed class StoredChunk(int slot)
    {
        public int Slot => slot;

        /// <summary>Nobody in it waits any more: the next lock record leaves it out.</summary>
        public bool IsEmpty { get; set; }
    }
}
