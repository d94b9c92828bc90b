using System.Collections.Immutable;

namespace LockGrains;

/// <summary>
/// The lock of one key, wherever it is. Every call may be repeated with the same <c>LeaseId</c> and has its effect once; every reply may be
/// <c>Unknown</c>, and so may every exception be: whatever is thrown, the call may have had its effect.
/// </summary>
public interface IRemoteLock
{
    /// <summary>Asks for the lock, and takes a place in its queue when it is held and <see cref="AcquireRequest.Wait"/> allows.</summary>
    /// <param name="request">Who asks, for how long, and how long to wait.</param>
    /// <param name="cancellationToken">Ends this call, and says nothing of what its client wants.</param>
    ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken);

    /// <summary>Extends the lease to its full duration, counted anew.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> that holds the lock.</param>
    /// <param name="cancellationToken">Ends this call; the renewal may have happened.</param>
    ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken);

    /// <summary>Says that requests of one client wait in calls, and that it lives.</summary>
    /// <param name="leaseIds">The requests.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>One reply for each, in their order.</returns>
    ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken);

    /// <summary>Releases the lock if this <c>LeaseId</c> holds it.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> that holds the lock.</param>
    /// <param name="cancellationToken">Ends this call; the release may have happened.</param>
    ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken);

    /// <summary>Gives up an acquire, wherever it stands, and turns away a late copy of it.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> of the acquire to give up.</param>
    /// <param name="cancellationToken">Ends this call; the cancel may have happened.</param>
    ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken);

    /// <summary>Makes an upgradeable hold exclusive, before everybody who waits.</summary>
    /// <param name="request">Which hold, and how long to wait.</param>
    /// <param name="cancellationToken">Ends this call, and says nothing of what its client wants.</param>
    ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken);

    /// <summary>Gives an upgrade up, wherever it stands, and turns away a late copy of it. The hold stays.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> of the hold.</param>
    /// <param name="change">The number of the upgrade.</param>
    /// <param name="cancellationToken">Ends this call; the cancel may have happened.</param>
    ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken);

    /// <summary>Gives a part of a hold back.</summary>
    /// <param name="request">Which hold, and what is left of it.</param>
    /// <param name="cancellationToken">Ends this call; the downgrade may have happened.</param>
    ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken);

    /// <summary>Sets the lock's value, or clears it, if this <c>LeaseId</c> holds the lock exclusively and the value still has a version.</summary>
    /// <param name="request">What to set.</param>
    /// <param name="cancellationToken">Ends this call; the value may have been set.</param>
    ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken);

    /// <summary>Reads the lock's value, which its grain has checked with its storage. Makes no record where there is none.</summary>
    /// <param name="cancellationToken">Ends this call.</param>
    ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Operator's call: sets the most permits that may be taken together, whatever a request says. Holds are never taken away; who waits for more
    /// than that is denied.
    /// </summary>
    /// <param name="limit">The limit, 1 to 1,000,000; null for none.</param>
    /// <param name="ifVersion">The version of the limit that it replaces.</param>
    /// <param name="cancellationToken">Ends this call; the limit may have been set.</param>
    ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken);

    /// <summary>Asks whether this hold is current.</summary>
    /// <param name="leaseId">The <c>LeaseId</c> of the hold.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken);

    /// <summary>Takes the lock from its holders and hands it on.</summary>
    /// <param name="fencingToken">The token of the hold to revoke; 0 for all that is held now.</param>
    /// <param name="cancellationToken">Ends this call; the revocation may have happened.</param>
    ValueTask<RevokeReply> RevokeAsync(long fencingToken, CancellationToken cancellationToken);

    /// <summary>Tells who holds the lock and who waits.</summary>
    /// <param name="cancellationToken">Ends this call.</param>
    ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken);

    /// <summary>Replies when the lock has changed since a cursor, at once where the cursor is not known, and at the end of a slice in any case.</summary>
    /// <param name="request">What the caller knows, and how long to wait.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken);
}
