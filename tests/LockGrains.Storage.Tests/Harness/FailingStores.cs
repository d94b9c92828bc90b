namespace LockGrains.Storage.Tests;

/// <summary>A storage whose next operations go wrong as a test says.</summary>
internal sealed class FailingStores(ILockStoreProvider inner) : ILockStoreProvider
{
    private int _failures;

    public ILockStoreProvider Inner => inner;

    public string Name => inner.Name;

    public bool IsDurable => inner.IsDurable;

    public bool CanList => inner.CanList;

    /// <summary>What is wrong, as the storage itself says.</summary>
    public string? Problem { get; set; }

    /// <summary>Whether the next write is applied and then fails.</summary>
    public bool FailAfterNextWrite { get; set; }

    public Func<Task>? BeforeNextWrite { get; set; }

    /// <summary>How many of the next operations fail before they are applied.</summary>
    public int Failures
    {
        get => _failures;
        set => _failures = value;
    }

    public ILockStore Open(LockSpace space, string key) => new Store(this, inner.Open(space, key));

    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(Problem);

    public IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default) =>
        inner.ListAsync(space, prefix, cancellationToken);

    private void ThrowIfFailing()
    {
        if (Interlocked.Decrement(ref _failures) >= 0)
            throw new IOException("Not now (a fault of the test).");
    }

    private sealed class Store(FailingStores owner, ILockStore store) : ILockStore
    {
        public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default)
        {
            owner.ThrowIfFailing();
            return store.LoadAsync(name, cancellationToken);
        }

        public async Task<StoreWrite> CompareAndSetAsync(
            RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            owner.ThrowIfFailing();
            if (owner.BeforeNextWrite is { } before)
            {
                owner.BeforeNextWrite = null;
                await before();
            }

            var write = await store.CompareAndSetAsync(name, etag, data, cancellationToken);
            if (!owner.FailAfterNextWrite)
                return write;
            owner.FailAfterNextWrite = false;
            throw new IOException("Applied, and not told (a fault of the test).");
        }

        public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default)
        {
            owner.ThrowIfFailing();
            return store.CompareAndDeleteAsync(name, etag, cancellationToken);
        }
    }
}
