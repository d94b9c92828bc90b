namespace LockGrains;

/// <summary>How batches of renewals leave the client.</summary>
internal interface IRenewalPost
{
    /// <summary>Does something soon, after what has been begun at the same time.</summary>
    void Later(Action action);

    ValueTask<RenewalBatchReply> SendAsync(RenewalBatch batch);
}

/// <summary>Sends batches of renewals from outside of the cluster.</summary>
internal sealed class RenewalPost(IGrainFactory grainFactory) : IRenewalPost
{
    /// <summary>
    /// Batches go to so many grains in turn: so they spread over the gateways, and one that hangs is not in the way of all.
    /// </summary>
    private const uint Senders = 16;

    private uint _next;

    /// <summary>At the end of the thread pool's queue: the timers that are due in the same tick are all put there at once.</summary>
    public void Later(Action action) =>
        ThreadPool.UnsafeQueueUserWorkItem(static run => run(), action, preferLocal: false);

    public ValueTask<RenewalBatchReply> SendAsync(RenewalBatch batch) => grainFactory
        .GetGrain<IRenewalBatchGrain>(Interlocked.Increment(ref _next) % Senders)
        .RenewAsync(batch, CancellationToken.None);
}
