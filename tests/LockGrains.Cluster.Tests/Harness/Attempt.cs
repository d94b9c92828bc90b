namespace LockGrains.Cluster.Tests;

/// <summary>
/// One attempt to acquire a lock by direct grain calls, and the hold that comes of it. As every caller must, it repeats a call
/// that is answered "unknown", where the storage is one of which that is to be expected; elsewhere such an answer fails the
/// test.
/// </summary>
public sealed class Attempt(ILockGrain grain, string ownerId = "test", bool mayBeUnknown = false)
{
    private const int CallsMax = 40;

    /// <summary>
    /// The shortest slice: the answer to an acquire with it is the place in the queue, as soon as that is durable.
    /// </summary>
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    public Guid LeaseId { get; init; } = Guid.NewGuid();

    public string OwnerId => ownerId;

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    public AcquireRequest Request => new() { LeaseId = LeaseId, OwnerId = ownerId, Lease = Lease };

    /// <summary>Asks without waiting.</summary>
    public Task<AcquireReply> TryAsync() => AcquireAsync(Request);

    /// <summary>Asks, and comes back with its place in the queue.</summary>
    public Task<AcquireReply> QueueAsync() => AcquireAsync(Request with { Wait = Timeout.InfiniteTimeSpan, Slice = Instant });

    /// <summary>Waits, in as many calls as it takes, until the lock is granted or denied.</summary>
    public async Task<AcquireReply> WaitAsync(TimeSpan? slice = null)
    {
        AcquireReply reply;
        do
        {
            reply = await AcquireAsync(Request with { Wait = Timeout.InfiniteTimeSpan, Slice = slice });
        }
        while (reply.Status == AcquireStatus.Queued);
        return reply;
    }

    /// <summary>Acquires a lock that is free, or else the test fails.</summary>
    /// <returns>The fencing token.</returns>
    public async Task<long> TakeAsync()
    {
        var reply = await TryAsync();
        Assert.Equal(AcquireStatus.Granted, reply.Status);
        return reply.FencingToken;
    }

    public Task<AcquireReply> AcquireAsync(AcquireRequest request) =>
        AskAsync(() => grain.AcquireAsync(request), reply => reply.Status == AcquireStatus.Unknown, reply => reply.Detail);

    public Task<RenewReply> RenewAsync() =>
        AskAsync(() => grain.RenewAsync(LeaseId), reply => reply.Status == RenewStatus.Unknown, reply => reply.Detail);

    /// <summary>Says that it waits in a call.</summary>
    public Task<BeatReply> BeatAsync() => AskAsync(
        async () => Assert.Single(await grain.BeatAsync([LeaseId])), reply => reply.Status == BeatStatus.Unknown, _ => null);

    public Task<ReleaseReply> ReleaseAsync() =>
        AskAsync(() => grain.ReleaseAsync(LeaseId), reply => reply.Status == ReleaseStatus.Unknown, reply => reply.Detail);

    public Task<CancelReply> CancelAsync() =>
        AskAsync(() => grain.CancelAsync(LeaseId), reply => reply.Status == CancelStatus.Unknown, reply => reply.Detail);

    public Task<VerifyReply> VerifyAsync() =>
        AskAsync(() => grain.VerifyAsync(LeaseId), reply => reply.Status == VerifyStatus.Unknown, reply => reply.Detail);

    public Task<RevokeReply> RevokeAsync(long fencingToken) =>
        AskAsync(() => grain.RevokeAsync(fencingToken), reply => reply.Status == RevokeStatus.Unknown, reply => reply.Detail);

    public Task<LockInfo> GetInfoAsync() =>
        AskAsync(() => grain.GetInfoAsync(), info => !info.Known, info => info.Detail);

    private async Task<T> AskAsync<T>(Func<ValueTask<T>> call, Func<T, bool> isUnknown, Func<T, string?> getDetail)
    {
        for (var calls = 1; ; calls++)
        {
            var reply = await call();
            if (!isUnknown(reply))
                return reply;
            Assert.True(mayBeUnknown, $"'{ownerId}' was answered unknown: {getDetail(reply)}");
            Assert.True(calls < CallsMax, $"'{ownerId}' was answered unknown {calls} times, last: {getDetail(reply)}");
        }
    }
}
