using System.Collections.Immutable;

namespace LockGrains.Client.Tests.Fakes;

/// <summary>
/// A lock whose every answer is written by the test. Without a script an acquire hangs, and the rest succeeds. Each call is
/// recorded.
/// </summary>
internal sealed class ScriptedLockGrain : ILockGrain
{
    public Script<AcquireRequest, AcquireReply> Acquire { get; } = new("acquire");

    public Script<Guid, RenewReply> Renew { get; } = new("renew", Replies.Renewed());

    public Script<ImmutableArray<Guid>, BeatReply[]> Beat { get; } = new("heartbeat", [Replies.Waits(1)]);

    public Script<Guid, ReleaseReply> Release { get; } = new("release", Replies.Released);

    public Script<Guid, CancelReply> Cancel { get; } = new("cancel", Replies.Cancelled());

    public Script<Guid, VerifyReply> Verify { get; } = new("verify", Replies.Verified(VerifyStatus.Current));

    public Script<UpgradeRequest, AcquireReply> Upgrade { get; } = new("upgrade");

    public Script<int, ChangeReply> CancelUpgrade { get; } = new("cancel of an upgrade", Replies.Changed(LockMode.Upgradeable));

    public Script<DowngradeRequest, ChangeReply> Downgrade { get; } = new("downgrade");

    public Script<SetValueRequest, ValueReply> SetValue { get; } = new("setting of a value");

    public Script<int, ValueReply> GetValue { get; } = new("reading of a value");

    public Script<(int? Limit, long IfVersion), LimitReply> SetLimit { get; } = new("setting of a limit");

    public Script<long, RevokeReply> Revoke { get; } = new("revoke", Replies.Revoked(RevokeStatus.Revoked));

    public Script<int, LockInfo> Info { get; } = new("info", new LockInfo { Known = true });

    public Script<WatchRequest, WatchReply> Watch { get; } = new("watch");

    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken = default) =>
        Acquire.CallAsync(request);

    public ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        Renew.CallAsync(leaseId);

    public async ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken = default) =>
        [.. await Beat.CallAsync(leaseIds)];

    public ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        Release.CallAsync(leaseId);

    public ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        Cancel.CallAsync(leaseId);

    public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken = default) =>
        Upgrade.CallAsync(request);

    public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken = default) =>
        CancelUpgrade.CallAsync(change);

    public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken = default) =>
        Downgrade.CallAsync(request);

    public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken = default) =>
        SetValue.CallAsync(request);

    public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken = default) =>
        GetValue.CallAsync(0);

    public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken = default) =>
        SetLimit.CallAsync((limit, ifVersion));

    public ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        Verify.CallAsync(leaseId);

    public ValueTask<RevokeReply> RevokeAsync(long fencingToken = 0, CancellationToken cancellationToken = default) =>
        Revoke.CallAsync(fencingToken);

    public ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken = default) =>
        Info.CallAsync(0);

    public ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken = default) =>
        Watch.CallAsync(request);
}
