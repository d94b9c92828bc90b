namespace LockGrains.Chaos;

/// <summary>Readers that all wait behind one writer, and what the storage has to write when it lets go.</summary>
internal static class AdjacentReaders
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Has so many readers come in together.</summary>
    /// <param name="cluster">The run.</param>
    /// <param name="locks">A client that sends its heartbeat often.</param>
    /// <param name="key">The lock, which nobody else uses.</param>
    /// <param name="readers">How many.</param>
    /// <param name="isOnlyRecord">Whether the chunks of the queue are left out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many writes there were from when the writer let go until all of them had the lock.</returns>
    public static async Task<long> CountWritesAsync(
        ChaosCluster cluster, ILockClient locks, string key, int readers, bool isOnlyRecord, CancellationToken cancellationToken)
    {
        await using var writer = await locks.AcquireAsync(key, Patience, new AcquireOptions { ConfirmLease = true }, cancellationToken);
        var lines = Enumerable.Range(0, readers).Select(_ => new InLine()).ToList();
        var waits = lines.Select(line => locks.AcquireSharedAsync(key, Patience, new AcquireOptions { Progress = line }, cancellationToken).AsTask()).ToList();
        try
        {
            await Task.WhenAll(lines.Select(line => line.Waits)).WaitAsync(Patience, TimeProvider.System, cancellationToken);
            using var count = new WriteCount(cluster, key, isOnlyRecord);
            await writer.ReleaseAsync(cancellationToken);
            await Task.WhenAll(waits);
            return count.Value;
        }
        finally
        {
            await writer.DisposeAsync();
            foreach (var wait in waits)
                await (await wait).DisposeAsync();
        }
    }

    /// <summary>
    /// Knows when a reader waits in a call. The first place comes as a call ends, and there is none until the next has arrived; the second is
    /// the reply to a heartbeat, which there is only for a call that waits.
    /// </summary>
    private sealed class InLine : IProgress<WaitProgress>
    {
        private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reports;

        public Task Waits => _waits.Task;

        public void Report(WaitProgress value)
        {
            if (Interlocked.Increment(ref _reports) == 2)
                _waits.TrySetResult();
        }
    }
}
