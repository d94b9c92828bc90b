using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>What a storage does to a write instead of what it should.</summary>
public enum WriteFault
{
    None,

    /// <summary>Fails, and nothing was written.</summary>
    FailBefore,

    /// <summary>Writes, and then fails: the worst of answers.</summary>
    FailAfter,

    /// <summary>Says that the ETag was another, and writes nothing.</summary>
    Conflict,
}

/// <summary>
/// What the tests see of, and do to, the storage below the locks: it counts, and faults and gates are put in by key.
/// </summary>
public sealed class StorageProbe
{
    private readonly ConcurrentDictionary<string, KeyProbe> _keys = new();

    /// <summary>Chooses a fault for each write, by the number of the key's writes so far; none when null.</summary>
    public Func<int, WriteFault>? Routine { get; init; }

    /// <summary>What is known of, and done to, one key's records.</summary>
    public KeyProbe this[string key] => _keys.GetOrAdd(key, _ => new KeyProbe(Routine));
}

/// <summary>One key's part of a <see cref="StorageProbe"/>.</summary>
public sealed class KeyProbe(Func<int, WriteFault>? routine)
{
    private readonly Lock _lock = new();
    private readonly Queue<WriteFault> _faults = new();
    private Gate? _loadGate;
    private Gate? _writeGate;
    private Gate? _writtenGate;
    private bool _isDown;
    private int _writing;

    /// <summary>Writes of the lock record that were tried.</summary>
    public int HeadWrites { get; private set; }

    /// <summary>Writes of chunks of the queue that were tried.</summary>
    public int ChunkWrites { get; private set; }

    public int Loads { get; private set; }

    /// <summary>Deletions of any record that were tried.</summary>
    public int Deletes { get; private set; }

    public int Writes => HeadWrites + ChunkWrites;

    /// <summary>While true, every load and write fails without an effect.</summary>
    public bool IsDown
    {
        get { lock (_lock) return _isDown; }
        set { lock (_lock) _isDown = value; }
    }

    /// <summary>The next writes meet these, in this order.</summary>
    public void FailNextWrites(params ReadOnlySpan<WriteFault> faults)
    {
        lock (_lock)
        {
            foreach (var fault in faults)
                _faults.Enqueue(fault);
        }
    }

    /// <summary>The next write stands before this gate until it is opened.</summary>
    public Gate HoldNextWrite()
    {
        lock (_lock) return _writeGate = new Gate();
    }

    /// <summary>The next write is applied, and then stands before this gate: its answer is late, or never comes.</summary>
    public Gate HoldNextAnswerToWrite()
    {
        lock (_lock) return _writtenGate = new Gate();
    }

    /// <summary>The next load stands before this gate until it is opened.</summary>
    public Gate HoldNextLoad()
    {
        lock (_lock) return _loadGate = new Gate();
    }

    /// <summary>
    /// Waits until no write is on its way. Before each step of a manual clock: a chunk is written beside all else, so a machine that is slow would
    /// have the clock pass the storage's time limit over a write that takes none.
    /// </summary>
    public Task WhenNothingIsBeingWrittenAsync() =>
        Eventually.BecomesAsync(() => Task.FromResult(Volatile.Read(ref _writing)), static writing => writing == 0, "end of the writes that are on their way");

    internal WriteOnItsWay BeginWrite()
    {
        Interlocked.Increment(ref _writing);
        return new WriteOnItsWay(this);
    }

    internal async Task OnLoadAsync()
    {
        Gate? gate;
        lock (_lock)
        {
            Loads++;
            (gate, _loadGate) = (_loadGate, null);
        }

        if (gate is not null)
            await gate.PassAsync();
        if (IsDown)
            throw new IOException("The storage is down (a fault of the test).");
    }

    internal Task OnClearAsync()
    {
        lock (_lock) Deletes++;
        return IsDown ? Task.FromException(new IOException("The storage is down (a fault of the test).")) : Task.CompletedTask;
    }

    internal async Task OnWrittenAsync()
    {
        Gate? gate;
        lock (_lock) (gate, _writtenGate) = (_writtenGate, null);
        if (gate is not null)
            await gate.PassAsync();
    }

    internal async Task<WriteFault> OnWriteAsync(bool isHead)
    {
        Gate? gate;
        WriteFault fault;
        lock (_lock)
        {
            var written = Writes;
            (HeadWrites, ChunkWrites) = isHead ? (HeadWrites + 1, ChunkWrites) : (HeadWrites, ChunkWrites + 1);
            (gate, _writeGate) = (_writeGate, null);
            fault = _faults.TryDequeue(out var planned) ? planned : routine?.Invoke(written) ?? WriteFault.None;
        }

        if (gate is not null)
            await gate.PassAsync();
        return IsDown ? WriteFault.FailBefore : fault;
    }

    internal readonly struct WriteOnItsWay(KeyProbe probe) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref probe._writing);
    }
}
