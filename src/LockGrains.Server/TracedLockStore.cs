using System.Diagnostics;
using LockGrains.Core;

namespace LockGrains;

/// <summary>A key's records, with a span for each operation: <c>lockgrains.store.load</c>, <c>write</c> and <c>delete</c>.</summary>
internal sealed class TracedLockStore(ILockStore store, string key) : ILockStore
{
    /// <inheritdoc/>
    public Task<StoredRecord> LoadAsync(RecordName name, CancellationToken cancellationToken = default) =>
        TraceAsync("load", name, () => store.LoadAsync(name, cancellationToken), static _ => "loaded");

    /// <inheritdoc/>
    public Task<StoreWrite> CompareAndSetAsync(RecordName name, string? etag, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        TraceAsync("write", name, () => store.CompareAndSetAsync(name, etag, data, cancellationToken), static write => OutcomeOf(write, "written"));

    /// <inheritdoc/>
    public Task<StoreWrite> CompareAndDeleteAsync(RecordName name, string etag, CancellationToken cancellationToken = default) =>
        TraceAsync("delete", name, () => store.CompareAndDeleteAsync(name, etag, cancellationToken), static write => OutcomeOf(write, "deleted"));

    private static string OutcomeOf(StoreWrite write, string done) => write.IsConflict ? "conflict" : done;

    private async Task<T> TraceAsync<T>(string operation, RecordName name, Func<Task<T>> run, Func<T, string> outcomeOf)
    {
        using var span = LockGrainTracing.StartStore(operation, key, name);
        try
        {
            var result = await run();
            span?.SetTag("lockgrains.outcome", outcomeOf(result));
            return result;
        }
        catch (Exception exception)
        {
            // What the storage says names servers and users; the log has it.
            span?.SetTag("lockgrains.outcome", "unknown").SetTag("error.type", exception.GetType().FullName).SetStatus(ActivityStatusCode.Error);
            throw;
        }
    }
}
