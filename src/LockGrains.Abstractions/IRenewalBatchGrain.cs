namespace LockGrains;

/// <summary>
/// Passes renewals of several locks on, from inside the cluster: one message of the client in place of many. It decides nothing, and
/// has one answer for each: one lock's trouble is not another's.
/// </summary>
[Alias("lockgrains.IRenewalBatchGrain")]
internal interface IRenewalBatchGrain : IGrainWithIntegerKey
{
    /// <summary>Renews each; waits no longer than the batch says, and answers "unknown" for those that are not answered by then.</summary>
    /// <param name="batch">What to renew.</param>
    /// <param name="cancellationToken">Ends the waiting; any of the renewals may have happened.</param>
    [Alias("Renew")]
    ValueTask<RenewalBatchReply> RenewAsync(RenewalBatch batch, CancellationToken cancellationToken = default);
}
