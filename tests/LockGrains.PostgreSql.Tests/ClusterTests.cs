using System.Collections.Concurrent;
using Npgsql;
using Xunit.Abstractions;

namespace LockGrains.PostgreSql.Tests;

/// <summary>Locks over a PostgreSQL that crashes, loses its standby, or is replaced by it: nobody doubly, nothing that was told is lost.</summary>
public sealed class ClusterTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private PostgresServer _server = null!;

    public async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [PostgresFact]
    public async Task Postgres_StoppedAndBack_LosesNoHoldAndNoPlace()
    {
        await using var cluster = await PostgresCluster.StartAsync(_server.ConnectionString);
        await using var client = NewClient(cluster);
        var (grain, holder, token) = await TakeAsync(cluster, "outage");
        var grants = new ConcurrentQueue<(int Number, long Token)>();
        var waits = new List<Task>();
        for (var number = 1; number <= 5; number++)
        {
            var place = new Place();
            waits.Add(WaitAsync(number, place));
            Assert.Equal(number, await place.Told.WaitAsync(Patience));
        }

        await _server.StopImmediatelyAsync();
        var reply = await TryAsync(cluster, "probe");
        Assert.Equal(AcquireStatus.Unknown, reply.Status);
        Assert.Contains("PostgreSQL at 127.0.0.1:", reply.Detail, StringComparison.Ordinal);
        await _server.RestartAsync();
        var backAt = TimeProvider.System.GetTimestamp();

        await AssertHeldAsync(grain, holder);
        output.WriteLine($"From the return of PostgreSQL to a verified hold: {TimeProvider.System.GetElapsedTime(backAt).TotalSeconds:0.00} s.");
        Assert.Equal(ReleaseStatus.Released, (await grain.ReleaseAsync(holder)).Status);
        await Task.WhenAll(waits).WaitAsync(Patience);
        Assert.Equal([1, 2, 3, 4, 5], grants.Select(grant => grant.Number));
        Assert.All(grants.Zip(grants.Skip(1)), pair => Assert.True(pair.First.Token < pair.Second.Token));
        Assert.All(grants, grant => Assert.True(grant.Token > token));

        async Task WaitAsync(int number, Place place)
        {
            await using var handle = await client.AcquireAsync("outage", Patience, LongLease with { Progress = place });
            grants.Enqueue((number, handle.FencingToken));
        }
    }

    [PostgresFact]
    public async Task Standby_Away_ATryIsUnknownAndTheHolderIsNotToldARenewal()
    {
        await using var cluster = await PostgresCluster.StartAsync(_server.ConnectionString, silos: 1);
        var (held, holder, token) = await TakeAsync(cluster, "held");
        await _server.SetAsync("synchronous_standby_names", "nobody");

        var attempt = new AcquireRequest { LeaseId = Guid.NewGuid(), OwnerId = "second", Lease = TimeSpan.FromMinutes(10) };
        var free = cluster.Grains.GetLock("free");
        Assert.Equal(AcquireStatus.Unknown, (await free.AcquireAsync(attempt)).Status);
        Assert.Equal(RenewStatus.Unknown, (await held.RenewAsync(holder)).Status);
        Assert.Equal(VerifyStatus.Unknown, (await held.VerifyAsync(holder)).Status);

        // Once a standby is not asked for any more, both find out what became of them; both keep what is theirs.
        await _server.SetAsync("synchronous_standby_names", "");
        await Eventually.BecomesAsync(async () => (await held.RenewAsync(holder)).Status, status => status == RenewStatus.Renewed, "renewal");
        await Eventually.BecomesAsync(async () => (await free.AcquireAsync(attempt)).Status, status => status == AcquireStatus.Granted, "grant");
        Assert.Equal(token, (await held.GetInfoAsync()).Holder!.FencingToken);
        Assert.Equal(DenyReason.Busy, (await TryAsync(cluster, "free")).Reason);
    }

    [PostgresFact]
    public async Task Failover_ToTheSynchronousStandby_KeepsEveryHoldThatWasToldAndTokensGrow()
    {
        const int Keys = 20;
        await using var standby = await _server.StartStandbyAsync("second");
        await _server.SetAsync("synchronous_standby_names", "second");
        var both = new NpgsqlConnectionStringBuilder(_server.ConnectionString)
        {
            Host = $"127.0.0.1:{_server.Port},127.0.0.1:{standby.Port}",
            Timeout = 5,
            CommandTimeout = 5,
        };
        await using var cluster = await PostgresCluster.StartAsync(both.ConnectionString);
        await using var client = NewClient(cluster);
        var holds = await Task.WhenAll(Enumerable.Range(0, Keys).Select(number => TakeAsync(cluster, $"held {number}")));
        var grants = new ConcurrentQueue<long>();
        var inside = 0;
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(ContendAsync)).ToArray();
        await Eventually.BecomesAsync(() => Task.FromResult(grants.Count), count => count > 20, "grants before the crash");

        await _server.KillAsync();
        var killedAt = TimeProvider.System.GetTimestamp();
        var before = grants.Count;
        await standby.PromoteAsync();
        await Eventually.BecomesAsync(() => Task.FromResult(grants.Count), count => count > before + 20, "grants after the promotion");
        output.WriteLine($"From the crash to 20 grants on the standby: {TimeProvider.System.GetElapsedTime(killedAt).TotalSeconds:0.0} s.");
        await done.CancelAsync();
        await Task.WhenAll(load).WaitAsync(Patience);

        Assert.Equal(grants.Order(), grants);
        Assert.Equal(grants.Count, grants.Distinct().Count());
        foreach (var (grain, holder, token) in holds)
        {
            await AssertHeldAsync(grain, holder);
            Assert.Equal(DenyReason.Busy, (await grain.AcquireAsync(new AcquireRequest { LeaseId = Guid.NewGuid() })).Reason);
            Assert.Equal(ReleaseStatus.Released, (await grain.ReleaseAsync(holder)).Status);
            var next = await grain.AcquireAsync(new AcquireRequest { LeaseId = Guid.NewGuid() });
            Assert.True(next.FencingToken > token);
        }

        async Task ContendAsync()
        {
            while (!done.IsCancellationRequested)
            {
                await using var handle = await client.AcquireAsync("contended", Patience, LongLease);
                Assert.Equal(1, Interlocked.Increment(ref inside));
                grants.Enqueue(handle.FencingToken);
                Interlocked.Decrement(ref inside);
            }
        }
    }

    [PostgresFact]
    public async Task Silo_OnAnUnsafeServer_DoesNotStart()
    {
        await _server.SetAsync("full_page_writes", "off");

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => PostgresCluster.StartAsync(_server.ConnectionString, silos: 1));

        Assert.Contains("full_page_writes = off", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a secret", exception.ToString(), StringComparison.Ordinal);
    }

    private static AcquireOptions LongLease => new() { Lease = TimeSpan.FromMinutes(10) };

    private static async Task<AcquireReply> TryAsync(PostgresCluster cluster, string key) =>
        await cluster.Grains.GetLock(key).AcquireAsync(new AcquireRequest { LeaseId = Guid.NewGuid() });

    /// <summary>Takes a lock for ten minutes, without a client that would have to renew it: so nothing but the storage can lose it.</summary>
    private static async Task<(ILockGrain Grain, Guid Holder, long Token)> TakeAsync(PostgresCluster cluster, string key)
    {
        var grain = cluster.Grains.GetLock(key);
        var request = new AcquireRequest { LeaseId = Guid.NewGuid(), OwnerId = "holder", Lease = TimeSpan.FromMinutes(10) };
        var reply = await Eventually.BecomesAsync(async () => await grain.AcquireAsync(request), reply => reply.Status != AcquireStatus.Unknown, "answer");
        Assert.Equal(AcquireStatus.Granted, reply.Status);
        return (grain, request.LeaseId, reply.FencingToken);
    }

    private static async Task AssertHeldAsync(ILockGrain grain, Guid holder)
    {
        var reply = await Eventually.BecomesAsync(async () => await grain.VerifyAsync(holder), reply => reply.Status != VerifyStatus.Unknown, "answer");
        Assert.Equal(VerifyStatus.Current, reply.Status);
    }

    private static LockClient NewClient(PostgresCluster cluster) => LockClient.Create(cluster.Grains, new LockClientOptions
    {
        RetryDelayMax = TimeSpan.FromMilliseconds(200),
        UnavailableTimeout = Patience,
    });

    /// <summary>Tells when a waiting acquire has been told its place.</summary>
    private sealed class Place : IProgress<WaitProgress>
    {
        private readonly TaskCompletionSource<int> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<int> Told => _told.Task;

        public void Report(WaitProgress value) => _told.TrySetResult(value.Place);
    }
}
