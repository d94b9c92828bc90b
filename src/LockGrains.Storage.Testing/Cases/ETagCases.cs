using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>An ETag stands for one write, for ever: one that came again would let a write of long ago pass.</summary>
internal static class ETagCases
{
    private const int Rounds = 25;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("etag-never-repeats", "No two writes of a record have one ETag, over equal content and over deletion.", NeverRepeatsAsync),
        new("put-back-copy", "After a copy of the data was put back, no ETag from before passes, and none is given again.", PutBackCopyAsync),
        new("counter-does-not-wrap", "A record that was written two thousand million times can be written on.", CounterDoesNotWrapAsync),
    ];

    private static async Task NeverRepeatsAsync(CaseRun run)
    {
        var store = (await run.ConnectAsync().ConfigureAwait(false)).Open(LockSpace.Lock, run.NewKey("etags"));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? etag = null;
        for (var round = 0; round < Rounds; round++)
        {
            // There and back again, and gone, and anew.
            foreach (var content in new[] { "A", "B", "A", "A" })
                etag = await WriteAsync(store, etag, content, seen, run.Cancellation).ConfigureAwait(false);
            await CheckOldAreRefusedAsync(store, seen.Where(old => old != etag), run.Cancellation).ConfigureAwait(false);
            Check.That(
                !(await store.CompareAndDeleteAsync(RecordName.Lock, etag!, run.Cancellation).ConfigureAwait(false)).IsConflict,
                "A deletion with the right ETag was refused.");
            await CheckOldAreRefusedAsync(store, seen, run.Cancellation).ConfigureAwait(false);
            etag = null;
        }
    }

    private static async Task PutBackCopyAsync(CaseRun run)
    {
        if (run.Store.CopyAsync is not { } copyAsync)
            throw new CaseSkippedException($"{nameof(StoreUnderTest)}.{nameof(StoreUnderTest.CopyAsync)} is not given.");
        var (kept, deleted, late) = (new Lineage(run.NewKey("kept")), new Lineage(run.NewKey("deleted")), new Lineage(run.NewKey("late")));
        var stores = await run.ConnectAsync().ConfigureAwait(false);
        var copied = await kept.WriteAsync(stores, null, "before", run.Cancellation).ConfigureAwait(false);
        var deletedETag = await deleted.WriteAsync(stores, null, "before", run.Cancellation).ConfigureAwait(false);

        var putBackAsync = await copyAsync(run.Cancellation).ConfigureAwait(false);
        stores = await run.ConnectAsync().ConfigureAwait(false);
        await kept.WriteManyAsync(stores, copied, "lost", run.Cancellation).ConfigureAwait(false);
        await deleted.Open(stores).CompareAndDeleteAsync(RecordName.Lock, deletedETag, run.Cancellation).ConfigureAwait(false);
        await late.WriteAsync(stores, null, "lost", run.Cancellation).ConfigureAwait(false);

        await run.DisconnectAsync().ConfigureAwait(false);
        await putBackAsync(run.Cancellation).ConfigureAwait(false);
        stores = await run.ConnectAsync().ConfigureAwait(false);
        Check.Holds(
            await kept.Open(stores).LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false), CaseRun.Content("before"), copied, "After the copy was put back");
        await CheckOldAreRefusedAsync(kept.Open(stores), kept.Seen.Where(old => old != copied), run.Cancellation).ConfigureAwait(false);

        // As many writes as were lost: a counter that went back with the copy says the same again.
        await kept.WriteManyAsync(stores, copied, "anew", run.Cancellation).ConfigureAwait(false);
        await late.WriteAsync(stores, null, "anew", run.Cancellation).ConfigureAwait(false);
        Check.That(
            (await deleted.Open(stores).LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false)).ETag == deletedETag,
            "The record that was deleted after the copy is not what it was in the copy.");
    }

    private static async Task CounterDoesNotWrapAsync(CaseRun run)
    {
        if (run.Store.AgeAsync is not { } ageAsync)
            throw new CaseSkippedException($"{nameof(StoreUnderTest)}.{nameof(StoreUnderTest.AgeAsync)} is not given.");
        var key = run.NewKey("old");
        var store = (await run.ConnectAsync().ConfigureAwait(false)).Open(LockSpace.Lock, key);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        await WriteAsync(store, null, "young", seen, run.Cancellation).ConfigureAwait(false);
        await ageAsync(LockSpace.Lock, key, run.Cancellation).ConfigureAwait(false);
        var record = await store.LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false);
        Check.That(record.ETag is not null, "A record that was written two thousand million times cannot be read.");
        var etag = record.ETag;
        for (var count = 0; count < Rounds; count++)
            etag = await WriteAsync(store, etag, $"old {count}", seen, run.Cancellation).ConfigureAwait(false);
    }

    private static async Task<string> WriteAsync(
        ILockStore store, string? etag, string content, HashSet<string> seen, CancellationToken cancellationToken)
    {
        var next = Check.IsWritten(
            await store.CompareAndSetAsync(RecordName.Lock, etag, CaseRun.Content(content), cancellationToken).ConfigureAwait(false),
            etag is null ? "A create" : "A write with the right ETag");
        Check.That(seen.Add(next), $"The ETag '{next}' was given a second time.");
        return next;
    }

    private static async Task CheckOldAreRefusedAsync(ILockStore store, IEnumerable<string> etags, CancellationToken cancellationToken)
    {
        foreach (var old in etags.TakeLast(8))
        {
            Check.IsConflict(
                await store.CompareAndSetAsync(RecordName.Lock, old, CaseRun.Content("late"), cancellationToken).ConfigureAwait(false), "A late write with an old ETag");
            Check.IsConflict(
                await store.CompareAndDeleteAsync(RecordName.Lock, old, cancellationToken).ConfigureAwait(false), "A late deletion with an old ETag");
        }
    }

    /// <summary>A record with every ETag that it ever had.</summary>
    private sealed class Lineage(string key)
    {
        public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

        public ILockStore Open(ILockStoreProvider stores) => stores.Open(LockSpace.Lock, key);

        public Task<string> WriteAsync(ILockStoreProvider stores, string? etag, string content, CancellationToken cancellationToken) =>
            ETagCases.WriteAsync(Open(stores), etag, content, Seen, cancellationToken);

        public async Task WriteManyAsync(ILockStoreProvider stores, string etag, string content, CancellationToken cancellationToken)
        {
            for (var count = 0; count < Rounds; count++)
                etag = await WriteAsync(stores, etag, content, cancellationToken).ConfigureAwait(false);
        }
    }
}
