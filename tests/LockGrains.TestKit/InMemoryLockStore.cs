using LockGrains.Core;

namespace LockGrains.TestKit;

/// <summary>
/// One key's records in memory, with every fault that a test asks for. <see cref="Connect"/> gives another activation its own way to
/// the same records, whose faults are its own: cut it, and that activation can do no more harm than a dead one.
/// </summary>
public sealed class InMemoryLockStore : ILockStore
{
    private readonly IRecords _records;
    private readonly List<(Func<StoreOperation, RecordName, bool> Matches, StoreFault Fault)> _faults = [];
    private readonly List<StoreGate> _gates = [];
    private readonly List<Action> _late = [];
    private readonly Dictionary<(StoreOperation, RecordName), int> _counts = [];
    private int _operationsLeft = int.MaxValue;

    /// <summary>Makes an empty store.</summary>
    public InMemoryLockStore()
        : this(new MemoryRecords())
    {
    }

    /// <summary>Makes a store of records that are kept elsewhere.</summary>
    /// <param name="records">The records of one key.</param>
    public InMemoryLockStore(IRecords records) => _records = records;

    /// <summary>Whether an operation is over when its method returns. Otherwise its end is queued on the caller's scheduler.</summary>
    public bool CompletesAtOnce { get; set; }

    /// <summary>How many operations were let through.</summary>
    public int Operations { get; private set; }

    /// <summary>The bytes that were written here altogether.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>The records that there are.</summary>
    public IEnumerable<RecordName> Names => _records.Names;

    /// <summary>Another way to the same records, with its own faults and counters.</summary>
    public InMemoryLockStore Connect() => new(_records) { CompletesAtOnce = CompletesAtOnce };

    /// <summary>How often a record was read here.</summary>
    /// <param name="name">Which one.</param>
    public int Loads(RecordName name) => _counts.GetValueOrDefault((StoreOperation.Load, name));

    /// <summary>How often a write of a record was asked for here, whatever came of it.</summary>
    /// <param name="name">Which one.</param>
    public int Writes(RecordName name) => _counts.GetValueOrDefault((StoreOperation.CompareAndSet, name));

    /// <summary>How often a deletion of a record was asked for here, whatever came of it.</summary>
    /// <param name="name">Which one.</param>
    public int Deletes(RecordName name) => _counts.GetValueOrDefault((StoreOperation.CompareAndDelete, name));

    /// <summary>How often a write of any record but the head was asked for here.</summary>
    public int ChunkWrites => _counts.Where(count => count.Key.Item1 == StoreOperation.CompareAndSet && count.Key.Item2 != RecordName.Lock).Sum(count => count.Value);

    /// <summary>What is in a record; empty when there is none.</summary>
    /// <param name="name">Which one.</param>
    public ReadOnlyMemory<byte> Peek(RecordName name) => _records.Load(name).Data;

    /// <summary>Writes a record past everybody, as an operator would, or another activation.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="data">Its new content.</param>
    public void Put(RecordName name, ReadOnlyMemory<byte> data) => _records.CompareAndSet(name, _records.Load(name).ETag, data);

    /// <summary>Removes a record.</summary>
    /// <param name="name">Which one.</param>
    public void Remove(RecordName name)
    {
        if (_records.Load(name).ETag is { } etag)
            _records.CompareAndDelete(name, etag);
    }

    /// <summary>Lets the next operation of a kind go wrong.</summary>
    /// <param name="fault">How.</param>
    /// <param name="operation">Of which kind; of any when null.</param>
    /// <param name="name">On which record; on any when null.</param>
    public void FailNext(StoreFault fault, StoreOperation? operation = null, RecordName? name = null) =>
        _faults.Add((Matching(operation, name), fault));

    /// <summary>Holds operations of a kind at a gate, from now until it is opened.</summary>
    /// <param name="operation">Of which kind; of any when null.</param>
    /// <param name="name">On which record; on any when null.</param>
    /// <param name="appliesFirst">Whether they are applied when they come, so that only their answers wait.</param>
    public StoreGate Hold(StoreOperation? operation = null, RecordName? name = null, bool appliesFirst = false) =>
        HoldWhere(Matching(operation, name), appliesFirst);

    /// <summary>Holds all chunk writes at a gate.</summary>
    public StoreGate HoldChunkWrites() =>
        HoldWhere((operation, name) => operation == StoreOperation.CompareAndSet && name != RecordName.Lock, appliesFirst: false);

    /// <summary>Nothing that is asked from now on is ever answered or applied: whoever uses this connection is as good as dead.</summary>
    /// <param name="afterOperations">How many operations are still let through.</param>
    public void Cut(int afterOperations = 0) => _operationsLeft = afterOperations;

    /// <summary>Applies the writes that failed with <see cref="StoreFault.FailThenApply"/>, if their ETags still match.</summary>
    public void ApplyLate()
    {
        foreach (var apply in _late)
            apply();
        _late.Clear();
    }

    /// <inheritdoc/>
    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) =>
        DoAsync(StoreOperation.Load, name, () => _records.Load(name), new StoredRecord(default, "none"));

    /// <inheritdoc/>
    public Task<StoreWrite> CompareAndSetAsync(
        RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        // What the caller does with its buffer afterwards must not show in the store.
        ReadOnlyMemory<byte> copy = data.ToArray();
        BytesWritten += copy.Length;
        return DoAsync(StoreOperation.CompareAndSet, name, () => _records.CompareAndSet(name, etag, copy), StoreWrite.Conflict);
    }

    /// <inheritdoc/>
    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) =>
        DoAsync(StoreOperation.CompareAndDelete, name, () => _records.CompareAndDelete(name, etag), StoreWrite.Conflict);

    private static Func<StoreOperation, RecordName, bool> Matching(StoreOperation? operation, RecordName? name) =>
        (o, n) => (operation is null || o == operation) && (name is null || n == name);

    private StoreGate HoldWhere(Func<StoreOperation, RecordName, bool> matches, bool appliesFirst)
    {
        var gate = new StoreGate(matches, appliesFirst);
        _gates.Add(gate);
        return gate;
    }

    private async Task<T> DoAsync<T>(StoreOperation operation, RecordName name, Func<T> apply, T conflict)
    {
        _counts[(operation, name)] = _counts.GetValueOrDefault((operation, name)) + 1;
        var fault = TakeFault(operation, name);
        if (_operationsLeft == 0 || fault == StoreFault.Hang)
            return await new TaskCompletionSource<T>().Task;

        _operationsLeft--;
        Operations++;

        if (!CompletesAtOnce)
            await Task.Yield();
        var result = default(T);
        var isApplied = false;
        if (_gates.Find(gate => !gate.IsOpen && gate.Holds(operation, name)) is { } closed)
        {
            closed.Arrived++;
            if (closed.AppliesFirst && fault is null)
                (result, isApplied) = (apply(), true);

            await closed.Opened;
            if (_operationsLeft == 0)
                return await new TaskCompletionSource<T>().Task;
        }

        switch (fault)
        {
            case StoreFault.FailBefore:
                throw new StoreFaultException();
            case StoreFault.ApplyThenFail:
                apply();
                throw new StoreFaultException();
            case StoreFault.FailThenApply:
                _late.Add(() => apply());
                throw new StoreFaultException();
            case StoreFault.Conflict:
                return conflict;
            default:
                return isApplied ? result! : apply();
        }
    }

    private StoreFault? TakeFault(StoreOperation operation, RecordName name)
    {
        var index = _faults.FindIndex(fault => fault.Matches(operation, name));
        if (index < 0)
            return null;

        var taken = _faults[index].Fault;
        _faults.RemoveAt(index);
        return taken;
    }
}
