using System.Collections.Immutable;
using Orleans.Concurrency;
using Orleans.Metadata;

namespace LockGrains;

/// <summary>
/// One lock. The grain's key is the lock's key (see <see cref="LockKey"/>). Every call may be repeated with the same
/// <c>LeaseId</c> and has its effect once; every reply may be <c>Unknown</c>, which says nothing but "ask again".
/// <example><code>
/// var door = grainFactory.GetLock("orders/42");
/// var lease = Guid.NewGuid();
/// var reply = await door.AcquireAsync(new AcquireRequest { LeaseId = lease, OwnerId = "billing", Wait = TimeSpan.FromSeconds(5) });
/// if (reply.Status == AcquireStatus.Granted) { … await door.ReleaseAsync(lease); }
/// </code></example>
/// Most callers want <c>ILockClient</c>, which repeats, renews and counts for them.
/// </summary>
[Alias("lockgrains.ILockGrain")]
[DefaultGrainType("lockgrains.lock")]
public interface ILockGrain : IGrainWithStringKey
{
    /// <summary>
    /// Asks for the lock, and takes a place in its queue when it is held and <see cref="AcquireRequest.Wait"/> allows. Waits at
    /// most one slice (half the silo's <c>PresenceWindow</c>, 5 s unless configured; 60 s for who sends heartbeats), then answers
    /// <see cref="AcquireStatus.Queued"/>: call again within as long, with the same request and the rest of the wait, to keep the place. Orleans gives up on this call alone after 75 s, whatever
    /// response time-out is configured.
    /// </summary>
    /// <param name="request">Who asks, for how long, and how long to wait.</param>
    /// <param name="cancellationToken">
    /// Ends this call. The place in the queue stays for a short grace, because a call that ended is no proof that its caller gave
    /// up; <see cref="CancelAsync"/> leaves the queue at once.
    /// </param>
    [Alias("Acquire")]
    [ResponseTimeout(AcquireCall.ResponseTimeoutText)]
    ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken = default);

    /// <summary>Extends the lease to its full duration, counted anew. Renewing never takes a lock that has been lost.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> that holds the lock.</param>
    /// <param name="cancellationToken">Ends this call; the renewal may have happened.</param>
    [Alias("Renew")]
    ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Says that requests wait in calls, and that their client lives: each keeps its place for another <c>PresenceWindow</c>. For callers that set
    /// <see cref="AcquireRequest.BeatPeriod"/>.
    /// </summary>
    /// <param name="leaseIds">The requests: 1 to 256.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>One reply for each, in their order.</returns>
    /// <exception cref="ArgumentException">There are none, or too many.</exception>
    [Alias("Beat")]
    ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken = default);

    /// <summary>Releases the lock if this <c>LeaseId</c> holds it, and hands it to the next waiter in the same write. Never touches another's hold.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> that holds the lock.</param>
    /// <param name="cancellationToken">Ends this call; the release may have happened.</param>
    [Alias("Release")]
    ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken = default);

    /// <summary>Gives up an acquire: leaves the queue or, when the grant came first, releases it. Also turns away a late copy of that acquire.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> of the acquire to give up.</param>
    /// <param name="cancellationToken">Ends this call; the cancel may have happened.</param>
    [Alias("Cancel")]
    ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes an upgradeable hold exclusive, before everybody who waits: it waits for those who hold beside it, and nobody comes in meanwhile. The
    /// hold then has a larger fencing token. Waits as <see cref="AcquireAsync"/> does; call again while it is answered <see
    /// cref="AcquireStatus.Queued"/>. The hold must be renewed meanwhile, and stays held if the upgrade is denied.
    /// </summary>
    /// <param name="request">Which hold, and how long to wait.</param>
    /// <param name="cancellationToken">Ends this call; <see cref="CancelUpgradeAsync"/> gives the upgrade up.</param>
    [Alias("Upgrade")]
    [ResponseTimeout(AcquireCall.ResponseTimeoutText)]
    ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Gives an upgrade up, and turns away a late copy of it. If it was granted meanwhile, the hold is upgradeable again; it is never released.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> of the hold.</param>
    /// <param name="change">The number of the upgrade.</param>
    /// <param name="cancellationToken">Ends this call; the cancel may have happened.</param>
    [Alias("CancelUpgrade")]
    ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken = default);

    /// <summary>Gives a part of a hold back: exclusive to upgradeable or shared, or some of its permits. Nobody comes in between, and the fencing token stays.</summary>
    /// <param name="request">Which hold, and what is left of it.</param>
    /// <param name="cancellationToken">Ends this call; the downgrade may have happened.</param>
    [Alias("Downgrade")]
    ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Sets the lock's value, or clears it, if this <c>LeaseId</c> holds the lock exclusively and the value still has a version.</summary>
    /// <param name="request">What to set.</param>
    /// <param name="cancellationToken">Ends this call; the value may have been set.</param>
    [Alias("SetValue")]
    ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads the lock's value, which its grain has checked with its storage. Makes no record where there is none.</summary>
    /// <param name="cancellationToken">Ends this call.</param>
    [Alias("GetValue")]
    [ReadOnly]
    ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Operator's call: sets the most permits that may be taken together, whatever a request says. Holds are never taken away; who waits for more
    /// than that is denied.
    /// </summary>
    /// <param name="limit">The limit, 1 to 1,000,000; null for none.</param>
    /// <param name="ifVersion">The version of the limit that it replaces, 0 or more.</param>
    /// <param name="cancellationToken">Ends this call; the limit may have been set.</param>
    [Alias("SetLimit")]
    ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken = default);

    /// <summary>Asks whether this hold is current. Answered only after the grain has checked with its storage that it is itself current.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> of the hold.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    [Alias("Verify")]
    ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken = default);

    /// <summary>Operator's call: takes the lock from its holders, whoever they are, and hands it on. A holder's next renewal is told.</summary>
    /// <param name="fencingToken">The token of the hold to revoke, so that a successor is never hit by mistake; 0 revokes all that is held now.</param>
    /// <param name="cancellationToken">Ends this call; the revocation may have happened.</param>
    [Alias("Revoke")]
    ValueTask<RevokeReply> RevokeAsync(long fencingToken = 0, CancellationToken cancellationToken = default);

    /// <summary>Tells who holds the lock and who waits. Advisory: true when it was read, perhaps not when it arrives.</summary>
    /// <param name="cancellationToken">Ends this call.</param>
    [Alias("GetInfo")]
    [ReadOnly]
    ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until the lock has changed since <see cref="WatchRequest.Cursor"/>, for at most a slice (60 s), and tells how it is then. Without a cursor,
    /// and with one that this activation did not give, it replies at once: so does the first call, and one after a failover. Call again with the
    /// cursor of each reply. The state is never older than that of the reply before; changes in between may be left out. Holds, values and limits are
    /// shown once they are in storage. Renewals and the running of time are no change, but a value that ends and a lock-delay that begins are. It
    /// makes no record, and keeps no key from being forgotten. Orleans gives up on this call after 75 s.
    /// </summary>
    /// <param name="request">What the caller knows, and how long to wait.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>
    /// <see cref="WatchStatus.Unknown"/> when the activation ends or cannot say: ask again soon, with the same cursor. <see
    /// cref="WatchStatus.Refused"/> when the slice is not more than 0, or when <c>LockPolicy.WatchersMax</c> calls watch the lock.
    /// </returns>
    [Alias("Watch")]
    [ReadOnly]
    [ResponseTimeout(AcquireCall.ResponseTimeoutText)]
    ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken = default);
}
