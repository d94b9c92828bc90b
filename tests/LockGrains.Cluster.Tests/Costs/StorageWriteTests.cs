using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// What a lock costs its storage, counted where the storage is called: round trips are what a lock's speed is made of.
/// </summary>
public sealed class StorageWriteTests(ITestOutputHelper output) : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private LockCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();

        // The longest that a release may stay unwritten: a slow machine's pause between two pairs is not what is measured.
        // Nor are the writes of the queue, one each 250 ms by default, or the loads for denials, one each 2 s. Who waits stays in its call: one
        // that calls again, after 5 s by default, may be granted with a write of its own.
        var policy = new LockPolicy
        {
            ReleaseWriteDelay = TimeSpan.FromSeconds(1),
            QueueWriteDelay = TimeSpan.FromSeconds(5),
            ValidationAge = TimeSpan.FromMinutes(1),
            PresenceWindow = TimeSpan.FromMinutes(5),
            StoreTimeout = TimeSpan.FromSeconds(30),
        };
        var settings = new LockClusterSettings { Silos = 1, Redis = _redis.PatientConnectionString, Policy = policy };
        _cluster = await LockCluster.StartAsync(settings);
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task AcquireAndRelease_NobodyWaits_CostsOneWriteForThePair()
    {
        const int Pairs = 200;
        var key = LockCluster.NewKey("uncontended");
        var grain = _cluster.GetLock(key);

        for (var pair = 0; pair < Pairs; pair++)
        {
            var attempt = new Attempt(grain);
            await attempt.TakeAsync();
            Assert.Equal(ReleaseStatus.Released, (await attempt.ReleaseAsync()).Status);
        }

        // Ends it in good order: the last release is in storage then.
        await _cluster.DeactivateAsync(key);
        var probe = _cluster.Probe[key];
        output.WriteLine(
            $"{Pairs} uncontended pairs: {probe.HeadWrites} head writes, {probe.ChunkWrites} chunk writes, {probe.Loads} loads.");
        Assert.InRange(probe.HeadWrites, Pairs, Pairs + 1);
        Assert.Equal(0, probe.ChunkWrites);
        Assert.Equal(1, probe.Loads);
    }

    [RedisFact]
    public async Task HandOver_ManyContenders_CostsOneWrite()
    {
        const int Contenders = 16;
        const int Rounds = 20;
        const int HandOvers = Contenders * Rounds;
        var key = LockCluster.NewKey("contended");
        var grain = _cluster.GetLock(key);
        var probe = _cluster.Probe[key];

        var tokens = await Task.WhenAll(Enumerable.Range(0, Contenders).Select(_ => Task.Run(ContendAsync)));

        await _cluster.DeactivateAsync(key);
        output.WriteLine(
            $"{HandOvers} contended hand-overs: {probe.HeadWrites} head writes, {probe.ChunkWrites} chunk writes, "
            + $"{probe.Loads} loads; {(double)probe.Writes / HandOvers:0.000} writes for each.");
        Assert.Equal(HandOvers, tokens.SelectMany(own => own).Distinct().Count());
        Assert.All(tokens, own => Assert.Equal(own.Order(), own));
        Assert.InRange(probe.Writes, 1, HandOvers * 11 / 10);

        async Task<List<long>> ContendAsync()
        {
            var own = new List<long>();
            for (var round = 0; round < Rounds; round++)
            {
                var attempt = new Attempt(grain);
                var reply = await attempt.WaitAsync();
                Assert.Equal(AcquireStatus.Granted, reply.Status);
                own.Add(reply.FencingToken);
                Assert.Equal(ReleaseStatus.Released, (await attempt.ReleaseAsync()).Status);
            }

            return own;
        }
    }

    [RedisFact]
    public async Task HandOver_LongStoredQueue_CostsOneWriteForEachAndLeavesTheChunksAlone()
    {
        const int Waiters = 300;
        var key = LockCluster.NewKey("long");
        var grain = _cluster.GetLock(key);
        var probe = _cluster.Probe[key];
        var holder = new Attempt(grain);
        await holder.TakeAsync();
        var waiters = Enumerable.Range(0, Waiters).Select(_ => new Attempt(grain)).ToArray();
        var queued = await Task.WhenAll(waiters.Select(waiter => waiter.QueueAsync()));
        Assert.All(queued, reply => Assert.Equal(AcquireStatus.Queued, reply.Status));
        var served = waiters.Select(ServeAsync).ToArray();
        var (headsBefore, chunksBefore) = (probe.HeadWrites, probe.ChunkWrites);

        await holder.ReleaseAsync();
        await Task.WhenAll(served);

        await _cluster.DeactivateAsync(key);
        var (heads, chunks) = (probe.HeadWrites - headsBefore, probe.ChunkWrites - chunksBefore);
        output.WriteLine(
            $"{Waiters} hand-overs of a stored queue: {heads} head writes, {chunks} chunk writes (and {chunksBefore} to queue).");
        Assert.InRange(heads, Waiters, Waiters + 5);
        Assert.Equal(0, chunks);

        static async Task ServeAsync(Attempt waiter)
        {
            Assert.Equal(AcquireStatus.Granted, (await waiter.WaitAsync()).Status);
            Assert.Equal(ReleaseStatus.Released, (await waiter.ReleaseAsync()).Status);
        }
    }

    [RedisFact]
    public async Task Readers_WaitBehindAWriter_CostOneWriteForAllOfThem()
    {
        const int Readers = 64;
        var key = LockCluster.NewKey("readers");
        var grain = _cluster.GetLock(key);
        var probe = _cluster.Probe[key];
        var writer = new Attempt(grain);
        await writer.TakeAsync();
        var readers = Enumerable.Range(0, Readers).Select(_ => new Attempt(grain) { Mode = LockMode.Shared }).ToArray();
        await Task.WhenAll(readers.Select(reader => reader.QueueAsync()));
        var waits = readers.Select(reader => reader.WaitAsync()).ToArray();
        await Eventually.BecomesAsync(
            async () => (await writer.GetInfoAsync()).Waiters.Count(waiter => waiter.Attached), attached => attached == Readers, "readers in calls");
        var (heads, chunks) = (probe.HeadWrites, probe.ChunkWrites);

        await writer.ReleaseAsync();
        var grants = await Task.WhenAll(waits);
        var (grantHeads, grantChunks) = (probe.HeadWrites - heads, probe.ChunkWrites - chunks);
        await Task.WhenAll(readers.Select(reader => reader.ReleaseAsync()));

        await _cluster.DeactivateAsync(key);
        output.WriteLine(
            $"{Readers} readers behind a writer: {grantHeads} head writes, {grantChunks} chunk writes; "
            + $"{probe.HeadWrites - heads - grantHeads} head writes for their releases.");
        Assert.All(grants, grant => Assert.Equal(AcquireStatus.Granted, grant.Status));
        Assert.Equal((1, 0), (grantHeads, grantChunks));
        Assert.InRange(probe.HeadWrites - heads - grantHeads, 1, 2);
    }

    [RedisFact]
    public async Task UpgradeAndDowngrade_NobodyBesideThem_CostOneWriteEach()
    {
        const int Rounds = 50;
        var key = LockCluster.NewKey("upgrades");
        var grain = _cluster.GetLock(key);
        var holder = new Attempt(grain) { Mode = LockMode.Upgradeable };
        await holder.TakeAsync();
        var probe = _cluster.Probe[key];
        var writes = probe.Writes;

        for (var round = 0; round < Rounds; round++)
        {
            Assert.Equal(AcquireStatus.Granted, (await holder.TryUpgradeAsync((2 * round) + 1)).Status);
            Assert.Equal(LockMode.Upgradeable, (await holder.DowngradeAsync((2 * round) + 2, LockMode.Upgradeable)).Mode);
        }

        await _cluster.DeactivateAsync(key);
        output.WriteLine($"{Rounds} upgrades and downgrades: {probe.Writes - writes} writes.");
        Assert.Equal(2 * Rounds, probe.Writes - writes);
    }

    [RedisFact]
    public async Task Denial_HeldLock_CostsNoWriteAndSeldomALoad()
    {
        var key = LockCluster.NewKey("denied");
        var grain = _cluster.GetLock(key);
        await new Attempt(grain).TakeAsync();
        var probe = _cluster.Probe[key];
        var (writes, loads) = (probe.Writes, probe.Loads);

        for (var asked = 0; asked < 50; asked++)
            Assert.Equal(DenyReason.Busy, (await new Attempt(grain).TryAsync()).Reason);

        output.WriteLine($"50 denials: {probe.Writes - writes} writes, {probe.Loads - loads} loads.");
        Assert.Equal(writes, probe.Writes);
        Assert.InRange(probe.Loads - loads, 0, 2);
    }
}
