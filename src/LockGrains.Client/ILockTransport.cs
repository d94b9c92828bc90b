namespace LockGrains;

/// <summary>
/// How a client reaches the locks: the port between what is the same everywhere and a cluster, a server or memory. It carries calls and
/// decides nothing: the client repeats them, bounds them, and counts leases. <b>Preview</b>: this contract may change until 0.1.0.
/// <para>
/// Whatever a call throws is an outcome that nobody knows. <see cref="UnauthorizedAccessException"/> says as well that there is no use in asking again:
/// whoever waits for a reply is told at once, and what may be left is given up in the background.
/// </para>
/// </summary>
public interface ILockTransport
{
    /// <summary>
    /// How long a copy of a message may still be on its way when its call was given up. So long a client goes on cancelling what may be left.
    /// </summary>
    TimeSpan MessageLifetimeMax { get; }

    /// <summary>Whether <see cref="BeatAsync"/> carries what concerns several locks in one message. False by default.</summary>
    bool SendsBatches => false;

    /// <summary>
    /// Fires at the next loss of a connection. The replies of calls that went through it may never come, so the client asks again. A hint,
    /// never a proof; read anew for each call. Never fires by default.
    /// </summary>
    CancellationToken NextLoss => CancellationToken.None;

    /// <summary>Gets the lock of a key. Makes no call.</summary>
    /// <param name="key">The lock's key, which was checked.</param>
    IRemoteLock GetLock(string key);

    /// <summary>Gets the lock of a session, which is in a key space of its own. Makes no call. Not supported by default.</summary>
    /// <param name="id">The session's id.</param>
    /// <exception cref="NotSupportedException">There are no sessions behind this transport.</exception>
    IRemoteLock GetSession(string id) => throw new NotSupportedException("This transport does not reach sessions.");

    /// <summary>Renews several locks, and names several waits, by one message. Each has its own reply: one lock's trouble is not another's.</summary>
    /// <param name="heartbeat">What to renew, what waits, and how long those with a reply may wait for those without.</param>
    /// <returns>One reply for each, in their order.</returns>
    ValueTask<HeartbeatReply> BeatAsync(Heartbeat heartbeat) => throw new NotSupportedException();

    /// <summary>Whether <see cref="ListAsync"/> lists locks. False by default; the client then says so to whoever asks.</summary>
    bool CanList => false;

    /// <summary>Lists a page of the live locks. Read only, so it may be repeated.</summary>
    /// <param name="request">Which locks, checked.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>
    /// Waits until calls can be made at all, for a program that asks before its host has started. Completed by default.
    /// </summary>
    /// <param name="key">The lock that is asked for.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="timeProvider">The client's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LockUnavailableException">That did not come.</exception>
    ValueTask WhenReadyAsync(string key, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Whether a call may be sent now; waits for a moment where that is not certain. False when there is nobody to send it to, which counts as a
    /// failed call. True by default.
    /// </summary>
    /// <param name="timeout">The longest to wait.</param>
    /// <param name="timeProvider">The client's clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    ValueTask<bool> MayCallAsync(TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken) => ValueTask.FromResult(true);
}
