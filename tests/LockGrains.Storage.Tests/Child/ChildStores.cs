using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace LockGrains.Storage.Tests;

/// <summary>A SQLite file that a process of its own has open, so that it can be killed in the middle of what it does.</summary>
internal sealed class ChildStores : ILockStoreProvider, IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<ChildReply>> _asked = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Task _reading;
    private long _last;

    private ChildStores(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    public string Name => "SQLite in a child";

    public bool IsDurable => true;

    public bool CanList => false;

    public int ProcessId => _process.Id;

    /// <summary>Starts a child on a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wrap">Puts a command around its own, which has the same process id in the end.</param>
    public static async Task<ChildStores> StartAsync(string path, Func<string[], string[]>? wrap = null)
    {
        string[] command = ["dotnet", typeof(ChildProgram).Assembly.Location, "serve", path];
        if (wrap is not null)
            command = wrap(command);
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var child = new ChildStores(process);
        try
        {
            await child._open.Task.WaitAsync(Guard);
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }

        return child;
    }

    public ILockStore Open(LockSpace space, string key) => new Store(this, space, key);

    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<string?>(null);

    public IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Guard);
        await _reading.WaitAsync(Guard);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task<ChildReply> AskAsync(Func<long, ChildRequest> make)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<ChildReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(make(id)));
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        if (_reading.IsCompleted)
            answer.TrySetException(new IOException("The child has ended."));
        var reply = await answer.Task.WaitAsync(Guard);
        return reply.Error is null ? reply : throw new IOException(reply.Error);
    }

    private async Task ReadAsync()
    {
        var errors = _process.StandardError.ReadToEndAsync();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "open")
                _open.TrySetResult();
            else if (JsonSerializer.Deserialize<ChildReply>(line) is { } reply && _asked.TryRemove(reply.Id, out var asked))
                asked.TrySetResult(reply);
        }

        var end = new IOException($"The child has ended: {(await errors).Trim()}");
        _open.TrySetException(end);
        foreach (var asked in _asked.Values)
            asked.TrySetException(end);
    }

    private sealed class Store(ChildStores child, LockSpace space, string key) : ILockStore
    {
        public async Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
        {
            var reply = await child.AskAsync(id => new ChildRequest(id, ChildOperation.Load, space, key, SlotOf(name))).WaitAsync(cancellationToken);
            return new StoredRecord(reply.Data, reply.ETag);
        }

        public async Task<StoreWrite> CompareAndSetAsync(
            RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) => ToWrite(
            await child.AskAsync(id => new ChildRequest(id, ChildOperation.Set, space, key, SlotOf(name), etag, data.ToArray())).WaitAsync(cancellationToken));

        public async Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) => ToWrite(
            await child.AskAsync(id => new ChildRequest(id, ChildOperation.Delete, space, key, SlotOf(name), etag)).WaitAsync(cancellationToken));

        private static StoreWrite ToWrite(ChildReply reply) => reply.IsConflict ? StoreWrite.Conflict : StoreWrite.Written(reply.ETag);

        private static int SlotOf(RecordName name) =>
            name == RecordName.Lock ? -1 : int.Parse(name.ToString()["queue-".Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
