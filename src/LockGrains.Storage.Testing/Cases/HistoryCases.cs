using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Random operations on several connections, whose history must be that of one register for each record.</summary>
internal static class HistoryCases
{
    private const int KeyCount = 32;
    private const int WorkersPerConnection = 4;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("history-is-linearizable", "Whatever several connections do, each record behaves as if one after the other had done it.", RunAsync),
    ];

    private static async Task RunAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        var keys = Enumerable.Range(0, KeyCount).Select(_ => new SharedKey(run.NewKey("register"))).ToArray();
        var workers = connections.Length * WorkersPerConnection;
        var share = Math.Max(1, run.Options.Operations / workers);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(
            () => WorkAsync(connections[worker % connections.Length], keys, share, run.MakeChance(worker), run.Cancellation), run.Cancellation))).ConfigureAwait(false);
        foreach (var key in keys)
        {
            if (key.History.FindProblem() is { } problem)
                throw new CaseFailedException($"The history of '{key.Key}' ({key.History.Count} operations) is none of a register: {problem}");
        }
    }

    private static async Task WorkAsync(ILockStoreProvider stores, SharedKey[] keys, int operations, Random chance, CancellationToken cancellationToken)
    {
        for (var count = 0; count < operations; count++)
        {
            // A few keys are hot.
            var key = keys[chance.Next(chance.Next(1, keys.Length + 1))];
            var store = stores.Open(LockSpace.Lock, key.Key);
            var known = chance.Next(10) == 0 ? key.Stale : key.Latest;
            switch (chance.Next(10))
            {
                case < 3:
                    await LoadAsync(store, key, cancellationToken).ConfigureAwait(false);
                    break;
                case 3 when known is not null:
                    await DeleteAsync(store, key, known, cancellationToken).ConfigureAwait(false);
                    break;
                case 4:
                    await WriteAsync(store, key, null, chance, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    await WriteAsync(store, key, known, chance, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    private static async Task LoadAsync(ILockStore store, SharedKey key, CancellationToken cancellationToken)
    {
        var start = key.History.Now();
        var record = await store.LoadAsync(RecordName.Lock, cancellationToken).ConfigureAwait(false);
        key.History.AddRead(start, record.ETag, CaseRun.Text(record.Data));
        key.Learn(record.ETag);
    }

    private static async Task WriteAsync(ILockStore store, SharedKey key, string? etag, Random chance, CancellationToken cancellationToken)
    {
        var content = $"{chance.NextInt64():x}";
        var start = key.History.Now();
        var write = await store.CompareAndSetAsync(RecordName.Lock, etag, CaseRun.Content(content), cancellationToken).ConfigureAwait(false);
        if (write.IsConflict)
        {
            key.History.AddRefusal(start, etag);
            await LoadAsync(store, key, cancellationToken).ConfigureAwait(false);
            return;
        }

        key.History.AddWrite(start, etag, Check.IsWritten(write, "A write"), content);
        key.Learn(write.ETag);
    }

    private static async Task DeleteAsync(ILockStore store, SharedKey key, string etag, CancellationToken cancellationToken)
    {
        var start = key.History.Now();
        var deletion = await store.CompareAndDeleteAsync(RecordName.Lock, etag, cancellationToken).ConfigureAwait(false);
        if (deletion.IsConflict)
        {
            key.History.AddRefusal(start, etag);
            return;
        }

        key.History.AddWrite(start, etag, null, "");
        key.Learn(null);
    }

    /// <summary>A key, with what those who work on it have told each other.</summary>
    private sealed class SharedKey(string key)
    {
        private volatile string? _latest;
        private volatile string? _stale;

        public string Key => key;

        public RegisterHistory History { get; } = new();

        public string? Latest => _latest;

        public string? Stale => _stale;

        public void Learn(string? etag)
        {
            _stale = _latest;
            _latest = etag;
        }
    }
}
