namespace LockGrains;

/// <summary>
/// Passes a heartbeat on to the locks that it names, from inside the cluster: one message of the client in place of many. It decides nothing,
/// and has one answer for each: one lock's trouble is not another's.
/// </summary>
[Alias("lockgrains.IHeartbeatGrain")]
internal interface IHeartbeatGrain : IGrainWithIntegerKey
{
    /// <summary>Passes each on; waits no longer than the heartbeat says, and answers "unknown" for those that are not answered by then.</summary>
    /// <param name="heartbeat">What to renew, and what waits.</param>
    /// <param name="cancellationToken">Ends the waiting; any of the renewals may have happened.</param>
    [Alias("Beat")]
    ValueTask<HeartbeatReply> BeatAsync(Heartbeat heartbeat, CancellationToken cancellationToken = default);
}
