using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>The lock of a key, behind the HTTP API.</summary>
internal sealed class HttpLock(ApiCalls calls, string key, string? revokeReason) : IRemoteLock
{
    // The API holds a connection for no longer: proxies cut one that is silent for 60 s.
    private static readonly TimeSpan PollMax = TimeSpan.FromSeconds(50);

    // Where a request says nothing of it: less than the window of a silo.
    private static readonly TimeSpan PollDefault = TimeSpan.FromSeconds(4);

    private WatchFeed? _feed;

    private string Query => $"?key={Uri.EscapeDataString(key)}";

    public async ValueTask<AcquireReply> AcquireAsync(AcquireRequest request, CancellationToken cancellationToken)
    {
        var poll = GetPoll(request.Wait, request.Slice);
        var call = new ApiRequest("/acquire", passed => RequestText.ToBytes(ToJson(request, poll, passed)))
        {
            Held = poll,
            Wait = request.Wait == Timeout.InfiniteTimeSpan ? null : request.Wait,
        };
        return HoldReplies.ToAcquire(await calls.CallAsync(call, ReplyText.Default.ReplyJson, cancellationToken).ConfigureAwait(false), IsOfThis);
    }

    public async ValueTask<AcquireReply> UpgradeAsync(UpgradeRequest request, CancellationToken cancellationToken)
    {
        var poll = GetPoll(request.Wait, request.Slice);
        var call = new ApiRequest("/upgrade", passed => RequestText.ToBytes(
            new UpgradeCallJson(
                key, request.LeaseId, request.Change, Seconds.Left(request.Wait, passed).TotalSeconds, Seconds.Left(poll, passed).TotalSeconds)))
        {
            Held = poll,
            Wait = request.Wait,
        };
        return HoldReplies.ToAcquire(await calls.CallAsync(call, ReplyText.Default.ReplyJson, cancellationToken).ConfigureAwait(false), IsOfThis, isUpgrade: true);
    }

    public async ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken) =>
        HoldReplies.ToRenew(await CallAsync("/renew", leaseId, cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<ImmutableArray<BeatReply>> BeatAsync(ImmutableArray<Guid> leaseIds, CancellationToken cancellationToken) =>
        (await HttpBeats.SendAsync(calls, new Heartbeat { Waits = [.. leaseIds.Select(leaseId => new Beat { Key = key, LeaseId = leaseId })] }, cancellationToken).ConfigureAwait(false)).Waits;

    public async ValueTask<ReleaseReply> ReleaseAsync(Guid leaseId, CancellationToken cancellationToken) =>
        HoldReplies.ToRelease(await CallAsync("/release", leaseId, cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<CancelReply> CancelAsync(Guid leaseId, CancellationToken cancellationToken) =>
        HoldReplies.ToCancel(await CallAsync("/cancel", leaseId, cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<ChangeReply> CancelUpgradeAsync(Guid leaseId, int change, CancellationToken cancellationToken) => HoldReplies.ToChange(
        await CallAsync(ApiRequest.Of("/cancel-upgrade", new CancelUpgradeJson(key, leaseId, change)), cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<ChangeReply> DowngradeAsync(DowngradeRequest request, CancellationToken cancellationToken)
    {
        var body = new DowngradeJson(key, request.LeaseId, request.Change, HoldText.NameOf(request.Mode), request.Permits);
        return HoldReplies.ToChange(await CallAsync(ApiRequest.Of("/downgrade", body), cancellationToken).ConfigureAwait(false), IsOfThis);
    }

    public async ValueTask<ValueReply> SetValueAsync(SetValueRequest request, CancellationToken cancellationToken)
    {
        var body = new SetValueJson(key, request.LeaseId, StateReplies.ToJson(request.Value), request.IfVersion);
        return StateReplies.ToValue(await CallAsync(ApiRequest.Of("/value", body), cancellationToken).ConfigureAwait(false), key);
    }

    public async ValueTask<ValueReply> GetValueAsync(CancellationToken cancellationToken) => StateReplies.ToReadValue(
        await CallAsync(new ApiRequest($"/value{Query}"), cancellationToken).ConfigureAwait(false), key);

    public async ValueTask<LimitReply> SetLimitAsync(int? limit, long ifVersion, CancellationToken cancellationToken) => StateReplies.ToLimit(
        await CallAsync(ApiRequest.Of("/limit", new SetLimitJson(key, limit, ifVersion)), cancellationToken).ConfigureAwait(false), key);

    public async ValueTask<VerifyReply> VerifyAsync(Guid leaseId, CancellationToken cancellationToken) =>
        StateReplies.ToVerify(await CallAsync("/verify", leaseId, cancellationToken).ConfigureAwait(false), key);

    public async ValueTask<RevokeReply> RevokeAsync(long fencingToken, CancellationToken cancellationToken) => StateReplies.ToRevoke(
        await CallAsync(ApiRequest.Of("/revoke", new RevokeJson(key, fencingToken, Force: fencingToken == 0, revokeReason)), cancellationToken).ConfigureAwait(false), IsOfThis);

    public async ValueTask<LockInfo> GetInfoAsync(CancellationToken cancellationToken) => InfoReplies.ToInfo(
        await calls.CallAsync(new ApiRequest($"/lock{Query}"), ReplyText.Default.StatusJson, cancellationToken).ConfigureAwait(false), key);

    /// <summary>One stream serves all calls of one who watches.</summary>
    public async ValueTask<WatchReply> WatchAsync(WatchRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            var feed = Volatile.Read(ref _feed);
            if (feed is null or { IsOver: true })
            {
                var opened = new WatchFeed(calls, key, Query);
                if (Interlocked.CompareExchange(ref _feed, opened, feed) != feed)
                    continue;

                opened.Start();
                feed = opened;
            }

            return await feed.ReadAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }

    private static TimeSpan GetPoll(TimeSpan wait, TimeSpan? slice)
    {
        var poll = slice ?? PollDefault;
        if (poll > PollMax)
            poll = PollMax;

        return wait == Timeout.InfiniteTimeSpan || wait > poll ? poll : wait;
    }

    private AcquireJson ToJson(AcquireRequest request, TimeSpan poll, TimeSpan passed) => new(key, request.LeaseId, request.OwnerId)
    {
        WaitSeconds = Seconds.OfWait(request.Wait, passed),
        PollSeconds = Seconds.Left(poll, passed).TotalSeconds,
        LeaseSeconds = request.Lease.TotalSeconds,
        Renews = request.Renews,
        Mode = HoldText.NameOf(request.Mode),
        Permits = request.Permits,
        Limit = request.Limit,
        LockDelaySeconds = request.LockDelay.TotalSeconds,
        Value = request.Value is { } value ? StateReplies.ToJson(value) : null,
        Session = request.SessionId,
        SessionToken = request.SessionId is null ? null : request.SessionToken,
    };

    private bool IsOfThis(ReplyJson reply) => reply.Key == key;

    private Task<ApiReply<ReplyJson>> CallAsync(string path, Guid leaseId, CancellationToken cancellationToken) => CallAsync(ApiRequest.Of(path, new HoldJson(key, leaseId)), cancellationToken);

    private Task<ApiReply<ReplyJson>> CallAsync(ApiRequest request, CancellationToken cancellationToken) =>
        calls.CallAsync(request, ReplyText.Default.ReplyJson, cancellationToken);
}
