using System.Collections.Immutable;

namespace LockGrains.Benchmarks;

/// <summary>A lock that grants, renews and releases at once: what is left is the client's own work.</summary>
internal sealed class InstantLockGrain : ILockGrain
{
    // A first lease that outlasts every measurement: a held lock renews itself only where that is what is measured.
    private static readonly TimeSpan ValidFor = TimeSpan.FromHours(24);

    private static readonly AcquireReply Granted = new() { Status = AcquireStatus.Granted, FencingToken = 1, ValidFor = ValidFor };
    private static readonly RenewReply Renewed = new() { Status = RenewStatus.Renewed, ValidFor = ValidFor };
    private static readonly ReleaseReply Released = new() { Status = ReleaseStatus.Released };
    private static readonly CancelReply Cancelled = new() { Status = CancelStatus.Cancelled };

    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken = default) => new(Granted);

    public ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken = default) => new(Renewed);

    public ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken = default) => new(Released);

    public ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken = default) => new(Cancelled);

    public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<RevokeReply> RevokeAsync(long fencingToken = 0, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
