using System.Collections.Immutable;

namespace LockGrains;

/// <summary>A lock that is a grain.</summary>
internal sealed class GrainLock(ILockGrain grain) : IRemoteLock
{
    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken) => grain.AcquireAsync(request, cancellationToken);

    public ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken) => grain.RenewAsync(leaseId, cancellationToken);

    public ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken) => grain.BeatAsync(leaseIds, cancellationToken);

    public ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken) => grain.ReleaseAsync(leaseId, cancellationToken);

    public ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken) => grain.CancelAsync(leaseId, cancellationToken);

    public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken) => grain.UpgradeAsync(request, cancellationToken);

    public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken) => grain.CancelUpgradeAsync(leaseId, change, cancellationToken);

    public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken) => grain.DowngradeAsync(request, cancellationToken);

    public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken) => grain.SetValueAsync(request, cancellationToken);

    public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken) => grain.GetValueAsync(cancellationToken);

    public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken) => grain.SetLimitAsync(limit, ifVersion, cancellationToken);

    public ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken) => grain.VerifyAsync(leaseId, cancellationToken);

    public ValueTask<RevokeReply> RevokeAsync(long fencingToken, CancellationToken cancellationToken) => grain.RevokeAsync(fencingToken, cancellationToken);

    public ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken) => grain.GetInfoAsync(cancellationToken);

    public ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken) => grain.WatchAsync(request, cancellationToken);
}
