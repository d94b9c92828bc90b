namespace LockGrains;

/// <summary>How heartbeats leave the client.</summary>
internal interface IRenewalPost
{
    /// <summary>Does something soon, after what has been begun at the same time.</summary>
    void Later(Action action);

    ValueTask<HeartbeatReply> SendAsync(Heartbeat heartbeat);
}

/// <summary>Sends heartbeats through the client's transport.</summary>
internal sealed class RenewalPost(ILockTransport transport) : IRenewalPost
{
    /// <summary>At the end of the thread pool's queue: the timers that are due in the same tick are all put there at once.</summary>
    public void Later(Action action) =>
        ThreadPool.UnsafeQueueUserWorkItem(static run => run(), action, preferLocal: false);

    public ValueTask<HeartbeatReply> SendAsync(Heartbeat heartbeat) => transport.BeatAsync(heartbeat);
}
