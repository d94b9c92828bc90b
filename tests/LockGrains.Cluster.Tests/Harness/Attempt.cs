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

    /// <summary>Longer than any test waits; an upgrade never waits for ever.</summary>
    private static readonly TimeSpan UpgradeWait = TimeSpan.FromMinutes(5);

    public Guid LeaseId { get; init; } = Guid.NewGuid();

    public string OwnerId => ownerId;

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    public LockMode Mode { get; init; } = LockMode.Exclusive;

    public int Permits { get; init; } = 1;

    public int? Limit { get; init; }

    /// <summary>How often it had to call again, because a call ended while it waited for a grant.</summary>
    public int CallsAgain { get; private set; }

    public AcquireRequest Request => new() { LeaseId = LeaseId, OwnerId = ownerId, Lease = Lease, Mode = Mode, Permits = Permits, Limit = Limit };

    /// <summary>Asks without waiting.</summary>
    public Task<AcquireReply> TryAsync() => AcquireAsync(Request);

    /// <summary>Asks, and comes back with its place in the queue.</summary>
    public Task<AcquireReply> QueueAsync() => AcquireAsync(Request with { Wait = Timeout.InfiniteTimeSpan, Slice = Instant });

    /// <summary>Waits, in as many calls as it takes, until the lock is granted or denied.</summary>
    public async Task<AcquireReply> WaitAsync(TimeSpan? slice = null)
    {
        for (; ; CallsAgain++)
        {
            var reply = await AcquireAsync(Request with { Wait = Timeout.InfiniteTimeSpan, Slice = slice });
            if (reply.Status != AcquireStatus.Queued)
                return reply;
        }
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

    /// <summary>Asks to hold exclusively, without waiting.</summary>
    public Task<AcquireReply> TryUpgradeAsync(int change) => UpgradeAsync(new UpgradeRequest { LeaseId = LeaseId, Change = change });

    /// <summary>Asks to hold exclusively, and comes back with its place before the queue.</summary>
    public Task<AcquireReply> QueueUpgradeAsync(int change) =>
        UpgradeAsync(new UpgradeRequest { LeaseId = LeaseId, Change = change, Wait = UpgradeWait, Slice = Instant });

    /// <summary>Waits, in as many calls as it takes, until the hold is exclusive or that is denied.</summary>
    public async Task<AcquireReply> WaitForUpgradeAsync(int change)
    {
        AcquireReply reply;
        do
        {
            reply = await UpgradeAsync(new UpgradeRequest { LeaseId = LeaseId, Change = change, Wait = UpgradeWait });
        }
        while (reply.Status == AcquireStatus.Queued);
        return reply;
    }

    public Task<AcquireReply> UpgradeAsync(UpgradeRequest request) =>
        AskAsync(() => grain.UpgradeAsync(request), reply => reply.Status == AcquireStatus.Unknown, reply => reply.Detail);

    public Task<ChangeReply> CancelUpgradeAsync(int change) =>
        AskAsync(() => grain.CancelUpgradeAsync(LeaseId, change), reply => reply.Status == ChangeStatus.Unknown, reply => reply.Detail);

    public Task<ChangeReply> DowngradeAsync(int change, LockMode mode = LockMode.Shared, int permits = 1)
    {
        var request = new DowngradeRequest { LeaseId = LeaseId, Change = change, Mode = mode, Permits = permits };
        return AskAsync(() => grain.DowngradeAsync(request), reply => reply.Status == ChangeStatus.Unknown, reply => reply.Detail);
    }

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
