using System.Collections.Immutable;

namespace LockGrains;

/// <summary>A session, behind the HTTP API. It is a hold of its own, which nobody waits for, upgrades or watches.</summary>
internal sealed class HttpSession(ApiCalls calls, string id, string? revokeReason) : IRemoteLock
{
    public async ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var body = new OpenSessionJson(
            id,
            request.LeaseId,
            request.OwnerId,
            request.Lease.TotalSeconds,
            request.Renews,
            request.LockDelay.TotalSeconds,
            request.Value is { } metadata ? StateReplies.ToJson(metadata) : null);
        return HoldReplies.ToAcquire(await CallAsync(ApiRequest.Of("/session/open", body), cancellationToken).ConfigureAwait(false), IsOfThis);
    }

    public async ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken) =>
        HoldReplies.ToRenew(await CallAsync("/session/renew", leaseId, cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken) =>
        HoldReplies.ToRelease(await CallAsync("/session/close", leaseId, cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken) =>
        HoldReplies.ToCancel(await CallAsync("/session/close", leaseId, cancellationToken).ConfigureAwait(false), IsOfThis);

    /// <summary>Whoever holds it, since no other session comes under its id.</summary>
    public async ValueTask<RevokeReply> RevokeAsync(long fencingToken, CancellationToken cancellationToken) => fencingToken != 0
        ? throw Missing()
        : StateReplies.ToRevoke(await CallAsync(ApiRequest.Of("/session/revoke", new RevokeSessionJson(id, revokeReason)), cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken) => InfoReplies.ToInfo(
        await calls.CallAsync(new ApiRequest($"/session?id={Uri.EscapeDataString(id)}"), ReplyText.Default.SessionJson, cancellationToken).ConfigureAwait(false), id);

    public ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken) => throw Missing();

    public ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken) => throw Missing();

    public ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken) => throw Missing();

    private static NotSupportedException Missing() => new("The HTTP API has no such call for sessions.");

    private bool IsOfThis(ReplyJson reply) => reply.Session == id;

    private Task<ApiReply<ReplyJson>> CallAsync(string path, Guid leaseId, CancellationToken cancellationToken) =>
        CallAsync(ApiRequest.Of(path, new SessionHoldJson(id, leaseId)), cancellationToken);

    private Task<ApiReply<ReplyJson>> CallAsync(ApiRequest request, CancellationToken cancellationToken) =>
        calls.CallAsync(request, ReplyText.Default.ReplyJson, cancellationToken);
}
