namespace LockGrains;

/// <summary>
/// Renewals of one client that fall due together, in one message. A batch is open only until the thread pool gets round to sending it: what
/// fell due with it is in it by then, and one that is alone loses nothing and goes to its lock as it is.
/// <para>
/// A batch that fails, is refused by an older silo or gets lost says nothing about any of its renewals; each handle then goes on by its own
/// schedule, alone. Whoever renews bounds its own waiting.
/// </para>
/// </summary>
internal sealed class RenewalBatches(LockClientMetrics metrics, TimeSpan window, IRenewalPost? post)
{
    // Orleans gives up on a whole batch at its response time-out (30 s by default), however patient those are whose renewals are in it.
    private static readonly TimeSpan AnswerWithinMax = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private List<Entry>? _open;

    /// <summary>Renewals due within so long of each other go together; 0 when each goes alone.</summary>
    public TimeSpan Window { get; } = post is null ? TimeSpan.Zero : window;

    /// <summary>Renews by itself, or in a batch.</summary>
    /// <param name="grain">The lock.</param>
    /// <param name="key">Its key.</param>
    /// <param name="leaseId">What holds it.</param>
    /// <param name="call">How long whoever calls will wait, and whether it may go with others.</param>
    public ValueTask<RenewReply> RenewAsync(IRemoteLock grain, string key, Guid leaseId, (TimeSpan Timeout, bool IsGathered) call) =>
        call.IsGathered ? RenewAsync(grain, key, leaseId, call.Timeout) : grain.RenewAsync(leaseId, CancellationToken.None);

    /// <summary>Renews in the batch that is open now, or opens one.</summary>
    /// <param name="grain">The lock.</param>
    /// <param name="key">Its key.</param>
    /// <param name="leaseId">What holds it.</param>
    /// <param name="timeout">How long whoever calls will wait.</param>
    public ValueTask<RenewReply> RenewAsync(IRemoteLock grain, string key, Guid leaseId, TimeSpan timeout)
    {
        var entry = new Entry(grain, new Beat { Key = key, LeaseId = leaseId }, timeout);
        List<Entry>? opened = null, full = null;
        lock (_gate)
        {
            _open ??= opened = [];
            _open.Add(entry);
            if (_open.Count == Heartbeat.BeatsMax)
                (full, _open) = (_open, null);
        }

        if (opened is not null)
            post!.Later(() => SendOpen(opened));
        if (full is not null)
            _ = SendAsync(full);
        return new ValueTask<RenewReply>(entry.Answer.Task);
    }

    private void SendOpen(List<Entry> batch)
    {
        lock (_gate)
        {
            // It was full before its turn came, and has gone.
            if (_open != batch)
                return;

            _open = null;
        }

        _ = SendAsync(batch);
    }

    private async Task SendAsync(List<Entry> batch)
    {
        try
        {
            if (batch is [var alone])
            {
                alone.Answer.TrySetResult(await alone.Grain.RenewAsync(alone.Renewal.LeaseId, CancellationToken.None).ConfigureAwait(false));
                return;
            }

            metrics.OnRenewalBatch(batch.Count);
            // Half of what the most impatient has: one slow lock must not use up the time of the others.
            var half = batch.Min(entry => entry.Timeout) / 2;
            var reply = await post!.SendAsync(new Heartbeat
            {
                Renewals = [.. batch.Select(entry => entry.Renewal)],
                AnswerWithin = half < AnswerWithinMax ? half : AnswerWithinMax,
            }).ConfigureAwait(false);
            if (reply.Renewals.IsDefault || reply.Renewals.Length != batch.Count)
                throw new InvalidOperationException($"A batch of {batch.Count} renewals has another number of answers.");

            for (var index = 0; index < batch.Count; index++)
                batch[index].Answer.TrySetResult(reply.Renewals[index]);
        }
        catch (Exception exception)
        {
            foreach (var entry in batch)
                entry.Answer.TrySetException(exception);
        }
    }

    private sealed record Entry(IRemoteLock Grain, Beat Renewal, TimeSpan Timeout)
    {
        public TaskCompletionSource<RenewReply> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
