using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Redis is killed, hangs, or is not there yet: callers are told what they can do, nothing is granted twice, and nothing is
/// lost.
/// </summary>
public sealed class RedisOutageTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _key = LockCluster.NewKey("outage");
    private RedisServer _redis = null!;
    private LockCluster _cluster = null!;
    private LockClient _client = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Redis = _redis.ConnectionString });
        _client = NewClient(unavailable: Patience);
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task Redis_KilledAndBack_LosesNoHoldAndNoPlace()
    {
        // Of the whole lease: the outage outlasts a first one on a busy machine.
        await using var holder = await _client.AcquireAsync(_key, Patience, new AcquireOptions { ConfirmLease = true });
        var grants = new GrantLog();
        var waits = new List<Task>();
        for (var number = 1; number <= 5; number++)
        {
            var place = new PlaceWatch();
            waits.Add(WaitAsync(number, place));
            Assert.Equal(number, await place.FirstAsync());
        }

        await _redis.KillAsync();
        Assert.Equal(AcquireStatus.Unknown, (await TryAsync(LockCluster.NewKey("probe"))).Status);
        await _redis.RestartAsync();
        var backAt = TimeProvider.System.GetTimestamp();

        Assert.True(await holder.VerifyAsync());
        output.WriteLine(
            $"From the return of Redis to a verified hold: {TimeProvider.System.GetElapsedTime(backAt).TotalSeconds:0.00} s.");
        Assert.Equal(ReleaseOutcome.Released, await holder.ReleaseAsync());
        await Task.WhenAll(waits).WaitAsync(Patience);
        Assert.Equal([1, 2, 3, 4, 5], grants.Numbers);
        Assert.Equal(grants.Tokens.Order(), grants.Tokens);
        Assert.All(grants.Tokens, token => Assert.True(token > holder.FencingToken));

        async Task WaitAsync(int number, PlaceWatch place)
        {
            await using var handle = await _client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place });
            grants.Add(number, handle.FencingToken);
        }
    }

    [RedisFact]
    public async Task Redis_Gone_EveryCallIsAnsweredUnknownWithAReason()
    {
        var grain = _cluster.GetLock(_key);
        var holder = new Attempt(grain, "holder");
        var token = await holder.TakeAsync();
        await _redis.KillAsync();

        var renew = await grain.RenewAsync(holder.LeaseId);
        var acquire = await TryAsync(LockCluster.NewKey("new"));
        var verify = await grain.VerifyAsync(holder.LeaseId);
        var info = await grain.GetInfoAsync();

        Assert.Equal(
            (RenewStatus.Unknown, AcquireStatus.Unknown, VerifyStatus.Unknown, false),
                (renew.Status, acquire.Status, verify.Status, info.Known));
        Assert.All(
            [renew.Detail, acquire.Detail, verify.Detail, info.Detail],
            detail => Assert.Contains("Redis", detail, StringComparison.Ordinal));
        await using var impatient = NewClient(unavailable: TimeSpan.FromMilliseconds(500));
        var exception = await Assert.ThrowsAsync<LockUnavailableException>(async () => await impatient.AcquireAsync(_key));
        Assert.Equal(_key, exception.Key);

        await _redis.RestartAsync();
        await Eventually.BecomesAsync(
            async () => (await grain.RenewAsync(holder.LeaseId)).Status,
                status => status == RenewStatus.Renewed,
                "renewal after the return of Redis");
        Assert.Equal(token, (await grain.GetInfoAsync()).Holder!.FencingToken);
    }

    [RedisFact]
    public async Task Redis_HangsWhileALockIsHeld_TheHandleIsLostByItsOwnClockAndTheNextTokenIsLarger()
    {
        var options = new AcquireOptions { Lease = TimeSpan.FromSeconds(2) };
        await using var handle = await _client.AcquireAsync(_key, Patience, options);
        Assert.True(handle.Remaining > TimeSpan.Zero);

        _redis.Pause();
        await handle.HandleLostToken.WhenCancelledAsync("loss of the handle while Redis hangs");
        Assert.Equal(EndReason.Expired, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
        _redis.Resume();

        await using var next = await _client.AcquireAsync(_key, Patience);
        Assert.True(next.FencingToken > handle.FencingToken);
        Assert.False(await handle.VerifyAsync());
    }

    [RedisFact]
    public async Task Redis_HangsDuringAnAcquire_TheRepetitionFindsItsGrantOnceAndNoOther()
    {
        var grain = _cluster.GetLock(_key);
        var before = new Attempt(grain);
        var tokenBefore = await before.TakeAsync();
        await before.ReleaseAsync();
        await _cluster.DeactivateAsync(_key);
        var attempt = new Attempt(grain, "the one");

        _redis.Pause();
        var reply = await grain.AcquireAsync(attempt.Request);
        _redis.Resume();

        Assert.Equal(AcquireStatus.Unknown, reply.Status);
        var granted = await Eventually.BecomesAsync(
            async () => await grain.AcquireAsync(attempt.Request),
                again => again.Status != AcquireStatus.Unknown,
                "answer after the hang");
        Assert.Equal(AcquireStatus.Granted, granted.Status);
        Assert.True(granted.FencingToken > tokenBefore);
        Assert.Equal(DenyReason.Busy, (await TryAsync(_key)).Reason);
        Assert.Equal(granted.FencingToken, (await grain.GetInfoAsync()).LastFencingToken);
    }

    [RedisFact]
    public async Task Redis_HangsDuringALoadOfGrants_NobodyHoldsTogether()
    {
        const int Contenders = 6;
        var grants = new GrantLog();
        var inside = 0;
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(1, Contenders).Select(number => Task.Run(() => ContendAsync(number))).ToArray();

        await grants.CountAsync(30);
        _redis.Pause();
        Assert.Equal(AcquireStatus.Unknown, (await TryAsync(LockCluster.NewKey("probe"))).Status);
        _redis.Resume();
        await grants.CountAsync(grants.Count + 30);
        await _redis.KillAsync();
        Assert.Equal(AcquireStatus.Unknown, (await TryAsync(LockCluster.NewKey("probe"))).Status);
        await _redis.RestartAsync();
        await grants.CountAsync(grants.Count + 30);

        await done.CancelAsync();
        await Task.WhenAll(load).WaitAsync(Patience);
        Assert.Equal(grants.Tokens.Order(), grants.Tokens);
        Assert.Equal(grants.Count, grants.Tokens.Distinct().Count());
        output.WriteLine(
            $"{grants.Count} grants over a hang and a crash of Redis; "
            + $"the longest stall was {grants.LongestGap.TotalSeconds:0.00} s.");

        async Task ContendAsync(int number)
        {
            while (!done.IsCancellationRequested)
            {
                await using var handle = await _client.AcquireAsync(_key, Patience);
                Assert.Equal(1, Interlocked.Increment(ref inside));
                grants.Add(number, handle.FencingToken);
                Interlocked.Decrement(ref inside);
            }
        }
    }

    private async Task<AcquireReply> TryAsync(string key) =>
        await _cluster.GetLock(key).AcquireAsync(new AcquireRequest { LeaseId = Guid.NewGuid() });

    private LockClient NewClient(TimeSpan unavailable) => LockClient.Create(_cluster.Grains, new LockClientOptions
    {
        RetryDelayMax = TimeSpan.FromMilliseconds(200),
        UnavailableTimeout = unavailable,
    });
}
