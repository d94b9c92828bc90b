using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains.Testing;

/// <summary>One key's lock, as a client of the locks in memory reaches it.</summary>
internal sealed class MemoryLock(MemoryTransport transport, LockName key) : IRemoteLock
{
    public ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken) =>
        ExecuteAsync(WireReplies.ToCommand(request), WireReplies.ToAcquireReply, cancellationToken);

    public ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken) => transport.CallAsync(key, async coordinator =>
        transport.AddWords(key, await coordinator.ExecuteAsync(new LockCommand.Renew(new LeaseId(leaseId)), WireReplies.ToRenewReply, cancellationToken)));

    public ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken) =>
        ExecuteAsync(WireReplies.ToCommand(leaseIds), answer => WireReplies.ToBeatReplies(answer, leaseIds.Length), cancellationToken);

    public ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken) =>
        ExecuteAsync(new LockCommand.Release(new LeaseId(leaseId)), WireReplies.ToReleaseReply, cancellationToken);

    public ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken) =>
        ExecuteAsync(new LockCommand.Cancel(new LeaseId(leaseId)), WireReplies.ToCancelReply, cancellationToken);

    public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken) =>
        ExecuteAsync(WireReplies.ToCommand(request), WireReplies.ToAcquireReply, cancellationToken);

    public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken) =>
        ExecuteAsync(new LockCommand.CancelUpgrade(new LeaseId(leaseId), change), WireReplies.ToChangeReply, cancellationToken);

    public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken) =>
        ExecuteAsync(WireReplies.ToCommand(request), WireReplies.ToChangeReply, cancellationToken);

    public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken) =>
        ReadValueAsync(WireReplies.ToCommand(request), cancellationToken);

    public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken) =>
        ReadValueAsync(LockCommand.ReadValue.Instance, cancellationToken);

    public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken) =>
        ExecuteAsync(WireReplies.ToCommand(limit, ifVersion), WireReplies.ToLimitReply, cancellationToken);

    public ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken) => transport.CallAsync(key, async coordinator =>
    {
        var answer = await coordinator.ExecuteAsync(new LockCommand.Verify(new LeaseId(leaseId)), cancellationToken);
        return WireReplies.ToVerifyReply(answer, coordinator.LastToken);
    });

    public ValueTask<RevokeReply> RevokeAsync(long fencingToken, CancellationToken cancellationToken) =>
        ExecuteAsync(new LockCommand.Revoke(new FencingToken(fencingToken)), WireReplies.ToRevokeReply, cancellationToken);

    public ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken) => transport.CallAsync(key, coordinator => coordinator.ReadInfoAsync(cancellationToken));

    public ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken) =>
        transport.CallAsync(key, coordinator => coordinator.WatchAsync(request.Cursor, request.Slice, cancellationToken));

    private ValueTask<ValueReply> ReadValueAsync(LockCommand command, CancellationToken cancellationToken) => transport.CallAsync(
        key,
        coordinator => coordinator.ExecuteAsync(command, answer => WireReplies.ToValueReply(answer, coordinator.Now.UnixMilliseconds), cancellationToken));

    private ValueTask<T> ExecuteAsync<T>(LockCommand command, Func<LockAnswer, T> read, CancellationToken cancellationToken) =>
        transport.CallAsync(key, coordinator => coordinator.ExecuteAsync(command, read, cancellationToken));
}
