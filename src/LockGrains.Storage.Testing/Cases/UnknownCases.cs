using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>Operations that their caller gave up: nobody knows their outcome, and the storage goes on.</summary>
internal static class UnknownCases
{
    private static readonly TimeSpan Readable = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("cancelled-is-unknown", "A cancelled operation was done wholly or not at all, and the storage is readable afterwards.", CancelledAsync),
        new("timed-out-is-unknown", "An operation that nobody awaits was done wholly or not at all, and the storage is readable afterwards.", TimedOutAsync),
    ];

    private static Task CancelledAsync(CaseRun run) => GiveUpAsync(run, async (operationAsync, chance) =>
    {
        using var cancel = new CancellationTokenSource();
        var turn = chance.Next(4);
        if (turn == 0)
            await cancel.CancelAsync().ConfigureAwait(false);
        var operation = operationAsync(cancel.Token);
        for (var spins = turn * chance.Next(200); spins > 0 && !operation.IsCompleted; spins--)
            await Task.Yield();
        await cancel.CancelAsync().ConfigureAwait(false);
        try
        {
            return await operation.WaitAsync(Readable, TimeProvider.System, run.Cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not TimeoutException && !run.Cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (TimeoutException)
        {
            throw new CaseFailedException($"A cancelled operation did not end within {Readable}.");
        }
    });

    private static Task TimedOutAsync(CaseRun run) => GiveUpAsync(run, static (operationAsync, _) =>
    {
        // It goes on; its end, however it ends, is nobody's.
        operationAsync(CancellationToken.None).ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        return Task.FromResult<StoreWrite?>(null);
    });

    private static async Task GiveUpAsync(CaseRun run, Func<Func<CancellationToken, Task<StoreWrite>>, Random, Task<StoreWrite?>> giveUpAsync)
    {
        var (stores, others) = (await run.ConnectAsync().ConfigureAwait(false), await run.ConnectAsync().ConfigureAwait(false));
        for (var count = 0; count < run.Options.Keys; count++)
        {
            var key = run.NewKey("given-up");
            var (store, other) = (stores.Open(LockSpace.Lock, key), others.Open(LockSpace.Lock, key));
            var (before, after) = (CaseRun.Content("before"), CaseRun.Content("after"));
            string? etag = null;
            if (count % 3 != 0)
                etag = Check.IsWritten(await store.CompareAndSetAsync(RecordName.Lock, null, before, run.Cancellation).ConfigureAwait(false), "A create");
            var deletes = count % 3 == 2;
            var end = await giveUpAsync(
                token => deletes ? store.CompareAndDeleteAsync(RecordName.Lock, etag!, token) : store.CompareAndSetAsync(RecordName.Lock, etag, after, token),
                run.Chance).ConfigureAwait(false);
            Check.That(end is not { IsConflict: true }, "An operation that was given up was refused though its ETag was right.");

            var settled = await SettleAsync(other, run).ConfigureAwait(false);
            if (settled.Found is not { ETag: { } found } record)
                Check.That(etag is null ? end is null : deletes, "A record is gone that nobody deleted.");
            else if (found == etag)
                Check.That(end is null && record.Data.Span.SequenceEqual(before), "What was acknowledged is not there, or the record was changed under its old ETag.");
            else
                Check.That(!deletes && record.Data.Span.SequenceEqual(after), "The record holds what nobody wrote.");
            Check.Holds(
                await store.LoadAsync(RecordName.Lock, run.Cancellation).ConfigureAwait(false), CaseRun.Content("settled"), settled.ETag, "After the next write");
        }
    }

    // The one that was given up may still come. Once a later write has passed it can do nothing any more.
    private static async Task<(StoredRecord Found, string ETag)> SettleAsync(ILockStore store, CaseRun run)
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = await store.LoadAsync(RecordName.Lock, run.Cancellation).WaitAsync(Readable, TimeProvider.System, run.Cancellation).ConfigureAwait(false);
            var write = await store.CompareAndSetAsync(RecordName.Lock, found.ETag, CaseRun.Content("settled"), run.Cancellation).ConfigureAwait(false);
            if (!write.IsConflict)
                return (found, Check.IsWritten(write, "A write"));
            Check.That(attempt < 3, "A write with the ETag just read was refused again and again.");
        }
    }
}
