using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>
/// The store: one server that compares and sets, one request after another. It may lose its last seconds (and with them all that was
/// acknowledged in them), a record, or a bit of one.
/// </summary>
internal sealed class SimulatedStore(EventLoop loop)
{
    private const long JournalDepth = 12 * TimeSpan.TicksPerSecond;

    private readonly Dictionary<(int Key, RecordName Name), StoredRecord> _records = [];
    private readonly LinkedList<(long At, int Key, RecordName Name, StoredRecord Before)> _journal = new();
    private long _writes;

    public StoredRecord Load(int key, RecordName name) => _records.GetValueOrDefault((key, name));

    /// <summary>Compares and sets. The mutant that skips the comparison says so.</summary>
    public StoreWrite CompareAndSet(int key, RecordName name, string? etag, ReadOnlyMemory<byte> data, bool compares = true)
    {
        if (compares && Load(key, name).ETag != etag)
            return StoreWrite.Conflict;
        return StoreWrite.Written(Put(key, name, data));
    }

    /// <summary>Writes whatever is there, as an operator would.</summary>
    public string Put(int key, RecordName name, ReadOnlyMemory<byte> data)
    {
        var etag = NextETag();
        PutAs(key, name, data, etag);
        return etag;
    }

    public void PutAs(int key, RecordName name, ReadOnlyMemory<byte> data, string etag) => Set(key, name, new StoredRecord(data, etag));

    public string NextETag() => (++_writes).ToString(CultureInfo.InvariantCulture);

    public bool Delete(int key, RecordName name)
    {
        if (Load(key, name).ETag is null)
            return false;
        Set(key, name, default);
        return true;
    }

    /// <summary>The records that a key has.</summary>
    public IEnumerable<RecordName> NamesOf(int key) => _records.Keys.Where(record => record.Key == key).Select(record => record.Name);

    /// <summary>Turns one bit over, as a bad disk would: the ETag stays.</summary>
    public bool Corrupt(int key, RecordName name, Prng random)
    {
        var record = Load(key, name);
        if (record.Data.IsEmpty)
            return false;
        var data = record.Data.ToArray();
        data[random.Below(data.Length)] ^= (byte)(1 << random.Below(8));
        Set(key, name, record with { Data = data });
        return true;
    }

    /// <summary>Goes back to what it was some time ago: a power failure before the sync, a fail-over to a replica that lagged.</summary>
    /// <returns>The keys whose records went back, in order.</returns>
    public IReadOnlyCollection<int> LoseLast(long ticks)
    {
        var keys = new SortedSet<int>();
        while (_journal.Last is { } last && last.Value.At > loop.Now - ticks)
        {
            var (_, key, name, before) = last.Value;
            _journal.RemoveLast();
            keys.Add(key);
            if (before.ETag is null)
                _records.Remove((key, name));
            else
                _records[(key, name)] = before;
        }

        return keys;
    }

    private void Set(int key, RecordName name, StoredRecord record)
    {
        _journal.AddLast((loop.Now, key, name, Load(key, name)));
        while (_journal.First!.Value.At < loop.Now - JournalDepth)
            _journal.RemoveFirst();
        if (record.ETag is null)
            _records.Remove((key, name));
        else
            _records[(key, name)] = record;
    }
}
