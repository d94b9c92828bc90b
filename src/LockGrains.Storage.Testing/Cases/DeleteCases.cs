using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Compare-and-delete, on which it rests that keys which nobody uses can be forgotten.</summary>
internal static class DeleteCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("delete-compares", "A deletion with another ETag, or of no record, is refused and changes nothing.", ComparesAsync),
        new("delete-removes", "What was deleted is gone, and can be made again.", RemovesAsync),
        new("deleted-etag-is-dead", "A late write or deletion with a deleted record's ETag is refused.", DeletedETagIsDeadAsync),
        new("delete-race", "Of many who write over or delete one ETag at once, one does.", RaceAsync),
    ];

    private static async Task ComparesAsync(CaseRun run)
    {
        var stores = await run.ConnectAsync().ConfigureAwait(false);
        var (store, other) = (stores.Open(LockSpace.Lock, run.NewKey("one")), stores.Open(LockSpace.Lock, run.NewKey("other")));
        var old = await WriteAsync(store, null, "old", run.Cancellation).ConfigureAwait(false);
        var foreign = await WriteAsync(other, null, "other", run.Cancellation).ConfigureAwait(false);
        var etag = await WriteAsync(store, old, "current", run.Cancellation).ConfigureAwait(false);
        foreach (var (wrong, what) in new[] { (old, "an old ETag"), (foreign, "another key's ETag") })
        {
            Check.IsConflict(await DeleteAsync(store, wrong, run.Cancellation).ConfigureAwait(false), $"A deletion with {what}");
            Check.Holds(await LoadAsync(store, run.Cancellation).ConfigureAwait(false), CaseRun.Content("current"), etag, $"After a deletion with {what}");
        }

        var absent = stores.Open(LockSpace.Lock, run.NewKey("absent"));
        Check.IsConflict(await DeleteAsync(absent, etag, run.Cancellation).ConfigureAwait(false), "A deletion of no record");
        Check.IsAbsent(await LoadAsync(absent, run.Cancellation).ConfigureAwait(false), "After a deletion of no record");
    }

    private static async Task RemovesAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        var key = run.NewKey("gone");
        var store = connections[0].Open(LockSpace.Lock, key);
        var slot = RecordName.QueueSlot(0);
        var slotETag = Check.IsWritten(
            await store.CompareAndSetAsync(slot, null, CaseRun.Content("slot"), run.Cancellation).ConfigureAwait(false), "A create of a slot");
        for (var round = 0; round < 10; round++)
        {
            var etag = await WriteAsync(store, null, $"round {round}", run.Cancellation).ConfigureAwait(false);
            var deletion = await DeleteAsync(store, etag, run.Cancellation).ConfigureAwait(false);
            Check.That(!deletion.IsConflict, "A deletion with the right ETag was refused.");
            Check.That(deletion.ETag is null, "A deletion gave an ETag.");
            foreach (var connection in connections)
                Check.IsAbsent(await LoadAsync(connection.Open(LockSpace.Lock, key), run.Cancellation).ConfigureAwait(false), "After a deletion");
            Check.IsConflict(await DeleteAsync(store, etag, run.Cancellation).ConfigureAwait(false), "A second deletion");
        }

        Check.Holds(
            await store.LoadAsync(slot, run.Cancellation).ConfigureAwait(false), CaseRun.Content("slot"), slotETag,
            "The key's other record, after its head was deleted");
    }

    private static async Task DeletedETagIsDeadAsync(CaseRun run)
    {
        var store = (await run.ConnectAsync().ConfigureAwait(false)).Open(LockSpace.Lock, run.NewKey("dead"));
        var dead = await WriteAsync(store, null, "once", run.Cancellation).ConfigureAwait(false);
        await DeleteAsync(store, dead, run.Cancellation).ConfigureAwait(false);
        Check.IsConflict(await SetAsync(store, dead, "late", run.Cancellation).ConfigureAwait(false), "A late write with a deleted record's ETag");
        Check.IsAbsent(await LoadAsync(store, run.Cancellation).ConfigureAwait(false), "After a late write with a deleted record's ETag");

        var etag = await WriteAsync(store, null, "again", run.Cancellation).ConfigureAwait(false);
        Check.IsConflict(
            await SetAsync(store, dead, "late", run.Cancellation).ConfigureAwait(false), "A late write with a deleted record's ETag, over the record made again,");
        Check.IsConflict(
            await DeleteAsync(store, dead, run.Cancellation).ConfigureAwait(false), "A late deletion with a deleted record's ETag, of the record made again,");
        Check.Holds(await LoadAsync(store, run.Cancellation).ConfigureAwait(false), CaseRun.Content("again"), etag, "The record made again");
    }

    private static async Task RaceAsync(CaseRun run)
    {
        var connections = await run.ConnectAllAsync().ConfigureAwait(false);
        for (var count = 0; count < run.Options.Keys; count++)
        {
            var key = run.NewKey("raced");
            var etag = await WriteAsync(connections[0].Open(LockSpace.Lock, key), null, "first", run.Cancellation).ConfigureAwait(false);
            var ends = await CaseRun.AllAtOnceAsync(run.Options.Writers, number =>
            {
                var store = connections[number % connections.Length].Open(LockSpace.Lock, key);
                return IsDeleter(number) ? DeleteAsync(store, etag, run.Cancellation) : SetAsync(store, etag, $"writer {number}", run.Cancellation);
            }).ConfigureAwait(false);
            var winners = Enumerable.Range(0, ends.Length).Where(number => !ends[number].IsConflict).ToArray();
            Check.That(winners.Length == 1, $"{winners.Length} of {ends.Length} wrote over, or deleted, one ETag.");
            var record = await LoadAsync(connections[^1].Open(LockSpace.Lock, key), run.Cancellation).ConfigureAwait(false);
            if (IsDeleter(winners[0]))
                Check.IsAbsent(record, "After a deletion won");
            else
                Check.Holds(record, CaseRun.Content($"writer {winners[0]}"), ends[winners[0]].ETag, "After a write won");
        }
    }

    private static bool IsDeleter(int number) => number % 2 == 0;

    private static async Task<string> WriteAsync(ILockStore store, string? etag, string content, CancellationToken cancellationToken) =>
        Check.IsWritten(await SetAsync(store, etag, content, cancellationToken).ConfigureAwait(false), $"The write of '{content}'");

    private static Task<StoreWrite> SetAsync(ILockStore store, string? etag, string content, CancellationToken cancellationToken) =>
        store.CompareAndSetAsync(RecordName.Lock, etag, CaseRun.Content(content), cancellationToken);

    private static Task<StoreWrite> DeleteAsync(ILockStore store, string etag, CancellationToken cancellationToken) =>
        store.CompareAndDeleteAsync(RecordName.Lock, etag, cancellationToken);

    private static Task<StoredRecord> LoadAsync(ILockStore store, CancellationToken cancellationToken) =>
        store.LoadAsync(RecordName.Lock, cancellationToken);
}
