using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Compare-and-set: one of many wins, and who loses has changed nothing.</summary>
internal static class WriteCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("create-race", "Of many who create a record at once, one does.", CreateRaceAsync),
        new("compare-and-set-race", "Of many who write over one ETag at once, one does.", CompareAndSetRaceAsync),
        new("loser-changes-nothing", "A refused write leaves the record, and its ETag, as they were.", LoserChangesNothingAsync),
        new("read-your-write", "What was acknowledged is read by everybody from then on.", ReadYourWriteAsync),
    ];

    private static async Task CreateRaceAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        for (var count = 0; count < run.Options.Keys; count++)
        {
            var key = run.NewKey("fresh");
            var writes = await CaseRun.AllAtOnceAsync(run.Options.Writers, number => StoreOf(connections, number, key)
                .CompareAndSetAsync(RecordName.Lock, etag: null, CaseRun.Content($"writer {number}"), run.Cancellation)).ConfigureAwait(false);
            await CheckOneWinnerAsync(connections, key, writes, "created a record that was not there", run.Cancellation).ConfigureAwait(false);
        }
    }

    private static async Task CompareAndSetRaceAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        for (var count = 0; count < run.Options.Keys; count++)
        {
            var key = run.NewKey("shared");
            var store = connections[0].Open(LockSpace.Lock, key);
            var etag = Check.IsWritten(
                await store.CompareAndSetAsync(RecordName.Lock, null, CaseRun.Content("first"), run.Cancellation).ConfigureAwait(false), "A create");
            for (var round = 0; round < 2; round++)
            {
                var current = etag;
                var writes = await CaseRun.AllAtOnceAsync(run.Options.Writers, number => StoreOf(connections, number, key)
                    .CompareAndSetAsync(RecordName.Lock, current, CaseRun.Content($"writer {number}"), run.Cancellation)).ConfigureAwait(false);
                etag = await CheckOneWinnerAsync(connections, key, writes, "wrote over one ETag", run.Cancellation).ConfigureAwait(false);
                Check.That(etag != current, "A write gave the ETag that it replaced.");
            }
        }
    }

    private static async Task LoserChangesNothingAsync(CaseRun run)
    {
        var stores = await run.ConnectAsync().ConfigureAwait(false);
        var (store, other) = (stores.Open(LockSpace.Lock, run.NewKey("one")), stores.Open(LockSpace.Lock, run.NewKey("other")));
        var old = await WriteAsync(store, null, "old", run.Cancellation).ConfigureAwait(false);
        var foreign = await WriteAsync(other, null, "other", run.Cancellation).ConfigureAwait(false);
        var etag = await WriteAsync(store, old, "current", run.Cancellation).ConfigureAwait(false);

        await RefuseAsync(null, "a create over a record").ConfigureAwait(false);
        await RefuseAsync(old, "a write with an old ETag").ConfigureAwait(false);
        await RefuseAsync(foreign, "a write with another key's ETag").ConfigureAwait(false);
        await WriteAsync(store, etag, "next", run.Cancellation).ConfigureAwait(false);

        var absent = stores.Open(LockSpace.Lock, run.NewKey("absent"));
        Check.IsConflict(
            await absent.CompareAndSetAsync(RecordName.Lock, etag, CaseRun.Content("x"), run.Cancellation).ConfigureAwait(false),
            "A write with an ETag, where there is no record,");
        Check.IsAbsent(await absent.LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false), "After such a write");

        async Task RefuseAsync(string? wrong, string what)
        {
            Check.IsConflict(
                await store.CompareAndSetAsync(RecordName.Lock, wrong, CaseRun.Content("loser"), run.Cancellation).ConfigureAwait(false), what);
            Check.Holds(
                await store.LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false), CaseRun.Content("current"), etag, $"After {what}");
        }
    }

    private static async Task ReadYourWriteAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        var key = run.NewKey("seen");
        string? etag = null;
        for (var count = 0; count < run.Options.Keys; count++)
        {
            var content = CaseRun.Content($"write {count}");
            var writer = StoreOf(connections, count, key);
            etag = Check.IsWritten(await writer.CompareAndSetAsync(RecordName.Lock, etag, content, run.Cancellation).ConfigureAwait(false), $"Write {count}");
            for (var reader = 0; reader < connections.Length; reader++)
            {
                Check.Holds(
                    await StoreOf(connections, reader, key).LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false), content, etag,
                    $"Connection {reader}, after connection {count % connections.Length} had written");
            }
        }
    }

    private static async Task<string> CheckOneWinnerAsync(
        ILockStoreProvider[] connections, string key, StoreWrite[] writes, string did, CancellationToken cancellationToken)
    {
        var winners = Enumerable.Range(0, writes.Length).Where(number => !writes[number].IsConflict).ToArray();
        Check.That(winners.Length == 1, $"{winners.Length} of {writes.Length} writers {did}.");
        var etag = Check.IsWritten(writes[winners[0]], "A write");
        for (var number = 0; number < connections.Length; number++)
        {
            Check.Holds(
                await StoreOf(connections, number, key).LoadAsync(RecordName.Lock, cancellationToken).ConfigureAwait(false),
                CaseRun.Content($"writer {winners[0]}"), etag, "After the race");
        }

        return etag;
    }

    private static async Task<string> WriteAsync(ILockStore store, string? etag, string content, CancellationToken cancellationToken) => Check.IsWritten(
        await store.CompareAndSetAsync(RecordName.Lock, etag, CaseRun.Content(content), cancellationToken).ConfigureAwait(false), $"The write of '{content}'");

    private static ILockStore StoreOf(ILockStoreProvider[] connections, int number, string key) =>
        connections[number % connections.Length].Open(LockSpace.Lock, key);
}
