using LockGrains.Core;

namespace LockGrains.TestKit;

/// <summary>Records in a real store: so that a story which decides the order of everything can be told of it. Each operation is waited for.</summary>
/// <param name="store">The key's store.</param>
public sealed class StoreRecords(ILockStore store) : IRecords
{
    private readonly HashSet<RecordName> _written = [];

    /// <inheritdoc/>
    public IEnumerable<RecordName> Names => _written.Where(name => !Load(name).Data.IsEmpty);

    /// <inheritdoc/>
    public StoredRecord Load(RecordName name) => Wait(() => store.LoadAsync(name));

    /// <inheritdoc/>
    public StoreWrite CompareAndSet(RecordName name, string? etag, ReadOnlyMemory<byte> data)
    {
        _written.Add(name);
        return Wait(() => store.CompareAndSetAsync(name, etag, data));
    }

    /// <inheritdoc/>
    public StoreWrite CompareAndDelete(RecordName name, string etag) => Wait(() => store.CompareAndDeleteAsync(name, etag));

    // Away from the story's scheduler, which stands still meanwhile.
    private static T Wait<T>(Func<Task<T>> operation) => Task.Run(operation).GetAwaiter().GetResult();
}
