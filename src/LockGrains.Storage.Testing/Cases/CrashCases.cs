using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Storage.Testing.Cases;

/// <summary>What was acknowledged is there after a crash.</summary>
internal static class CrashCases
{
    private const int Rounds = 3;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("crash-keeps-acknowledged", "Every write and deletion that was acknowledged before a crash is there after it.", KeepsAcknowledgedAsync),
    ];

    private static async Task KeepsAcknowledgedAsync(CaseRun run)
    {
        if (run.Store.CrashAsync is not { } crashAsync)
            throw new CaseSkippedException($"{nameof(StoreUnderTest)}.{nameof(StoreUnderTest.CrashAsync)} is not given.");
        var writers = Enumerable.Range(0, run.Options.Writers).Select(number => new Writer(run.NewKey("kept"), run.MakeChance(number))).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Cancellation);
            var connections = await run.ConnectAllAsync().ConfigureAwait(false);
            var enough = new CountdownEvent(writers.Length * 20);
            var writing = writers.Select((writer, index) => Task.Run(
                () => writer.WriteAsync(connections[index % connections.Length], enough, stop.Token), run.Cancellation)).ToArray();
            await Task.Run(() => WaitFor(enough, writing, run.Cancellation), run.Cancellation).ConfigureAwait(false);

            // In the middle of it.
            await crashAsync(run.Cancellation).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(writing).ConfigureAwait(false);
            enough.Dispose();
            await run.DisconnectAsync().ConfigureAwait(false);

            var stores = await run.ConnectAsync().ConfigureAwait(false);
            foreach (var writer in writers)
                await writer.CheckAsync(stores, run.Cancellation).ConfigureAwait(false);
        }
    }

    private static void WaitFor(CountdownEvent enough, Task[] writing, CancellationToken cancellationToken)
    {
        // Who writes no more, because all its operations fail, would be waited for in vain.
        while (!enough.Wait(TimeSpan.FromMilliseconds(50), cancellationToken))
            Check.That(!Array.TrueForAll(writing, task => task.IsCompleted), "Nothing could be written before the crash.");
    }

    /// <summary>Writes one key on and on, each time a larger number, and now and then deletes it; knows what was acknowledged, and what may be there.</summary>
    private sealed class Writer(string key, Random chance)
    {
        private string? _etag;
        private long _acknowledged;
        private long _last;
        private bool _isThere;
        private (long Number, bool IsDeletion)? _unknown;

        public async Task WriteAsync(ILockStoreProvider stores, CountdownEvent enough, CancellationToken stop)
        {
            var store = stores.Open(LockSpace.Lock, key);
            while (!stop.IsCancellationRequested)
            {
                var deletes = _isThere && chance.Next(8) == 0;
                var number = ++_last;
                _unknown = (number, deletes);
                StoreWrite write;
                try
                {
                    write = deletes
                        ? await store.CompareAndDeleteAsync(RecordName.Lock, _etag!, stop).ConfigureAwait(false)
                        : await store.CompareAndSetAsync(RecordName.Lock, _etag, CaseRun.Content(Text(number)), stop).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is not CaseFailedException)
                {
                    return;
                }

                Check.That(!write.IsConflict, $"A {(deletes ? "deletion" : "write")} with the right ETag was refused.");
                (_acknowledged, _etag, _isThere, _unknown) = (number, write.ETag, !deletes, null);
                if (!enough.IsSet)
                    Signal(enough);
            }
        }

        public async Task CheckAsync(ILockStoreProvider stores, CancellationToken cancellationToken)
        {
            var record = await stores.Open(LockSpace.Lock, key).LoadAsync(RecordName.Lock, cancellationToken).ConfigureAwait(false);
            var found = record.ETag is null ? (long?)null : long.Parse(CaseRun.Text(record.Data), CultureInfo.InvariantCulture);
            var isAcknowledged = found == (_isThere ? _acknowledged : null) && record.ETag == (_isThere ? _etag : null);
            var isUnknown = _unknown is { } unknown && found == (unknown.IsDeletion ? null : unknown.Number);
            Check.That(
                isAcknowledged || isUnknown,
                $"After a crash a key has {Show(found)}; acknowledged was {Show(_isThere ? _acknowledged : null)}, and in doubt {(_unknown is { } doubt ? Show(doubt.IsDeletion ? null : doubt.Number) : "nothing")}.");
            (_etag, _isThere, _acknowledged, _unknown) = (record.ETag, found is not null, found ?? 0, null);
        }

        private static void Signal(CountdownEvent enough)
        {
            try
            {
                enough.Signal();
            }
            catch (InvalidOperationException)
            {
                // Another one's was the last.
            }
        }

        private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

        private static string Show(long? number) => number is null ? "no record" : $"write {number}";
    }
}
