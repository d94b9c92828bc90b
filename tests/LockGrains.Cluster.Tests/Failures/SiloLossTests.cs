using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.TestingHost;
using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// A silo dies or is stopped while it has a lock with a full queue. In one process a dying silo still tells the others (Orleans
/// writes it to the membership table), so this is about what follows the detection; the tests of the command line kill
/// processes.
/// </summary>
public sealed class SiloLossTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Waiters = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _key = LockCluster.NewKey("loss");
    private RedisServer _redis = null!;
    private LockCluster _cluster = null!;
    private LockClient _client = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _cluster = await LockCluster.StartAsync(new LockClusterSettings
        {
            Silos = 3,
            Redis = _redis.PatientConnectionString,

            // Patient with a busy machine: a holder that is late with its first renewal is another story.
            Policy = new LockPolicy { QueueLimit = Waiters, StoreTimeout = TimeSpan.FromSeconds(30), FirstLease = TimeSpan.FromSeconds(30) },
        });
        _client = NewClient(attemptTimeout: TimeSpan.FromSeconds(1));
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [RedisFact]
    public async Task OwnerSilo_Killed_AllWaitersAreGrantedInTheirOldOrder()
    {
        var holder = await _client.AcquireAsync(_key, Patience);
        var grants = new GrantLog();
        var waits = await QueueAsync(grants, _client);

        var killedAt = TimeProvider.System.GetTimestamp();
        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));
        await holder.ReleaseAsync();
        await grants.FirstAsync();
        Print("the kill of the owner silo", killedAt);

        await Task.WhenAll(waits).WaitAsync(Patience);
        AssertAllInOrder(grants, after: holder.FencingToken);
    }

    [RedisTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OwnerSilo_KilledInTheMiddleOfAHandOver_AllWaitersAreGrantedInTheirOldOrder(bool isApplied)
    {
        var holder = await _client.AcquireAsync(_key, Patience);
        var grants = new GrantLog();
        var waits = await QueueAsync(grants, _client);

        // The silo dies while it writes the hand-over: it answers nobody, and a write that was not applied arrives after its
        // successor's.
        var probe = _cluster.Probe[_key];
        var gate = isApplied ? probe.HoldNextAnswerToWrite() : probe.HoldNextWrite();
        var release = holder.ReleaseAsync();
        await gate.WhenReachedAsync();
        var killedAt = TimeProvider.System.GetTimestamp();
        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));
        await grants.FirstAsync();
        Print($"the kill of the owner silo in a hand-over ({(isApplied ? "applied" : "late")})", killedAt);
        gate.Open();

        await release;
        await Task.WhenAll(waits).WaitAsync(Patience);
        AssertAllInOrder(grants, after: holder.FencingToken);
    }

    [RedisFact]
    public async Task OwnerSilo_KilledUnderAHolder_TheHoldStaysCurrent()
    {
        await using var holder = await _client.AcquireAsync(_key, Patience);

        await _cluster.Inner.KillSiloAsync(_cluster.OwnerOf(_key));

        Assert.True(await holder.VerifyAsync());
        Assert.Null(await _client.TryAcquireAsync(_key));
        Assert.Equal(holder.FencingToken, (await _client.GetInfoAsync(_key)).Holder!.FencingToken);
    }

    [RedisFact]
    public async Task OwnerSilo_StoppedWithAFullQueue_NobodyIsToldAnErrorAndOrderIsKept()
    {
        await using var client = NewClient(attemptTimeout: TimeSpan.FromSeconds(5));
        var holder = await client.AcquireAsync(_key, Patience);
        var grants = new GrantLog();
        var waits = await QueueAsync(grants, client);
        await Assert.ThrowsAsync<LockQueueFullException>(async () => await client.AcquireAsync(_key, Patience));
        var owner = _cluster.OwnerOf(_key);

        var stoppedAt = TimeProvider.System.GetTimestamp();
        await _cluster.Inner.StopSiloAsync(owner);
        var stopDuration = TimeProvider.System.GetElapsedTime(stoppedAt);

        Assert.True(await holder.VerifyAsync());
        await holder.ReleaseAsync();
        await Task.WhenAll(waits).WaitAsync(Patience);
        output.WriteLine($"The stop of the owner silo with {Waiters} waiting calls took {stopDuration.TotalSeconds:0.00} s.");
        AssertAllInOrder(grants, after: holder.FencingToken);
        Assert.True(stopDuration < TimeSpan.FromSeconds(20), $"The stop took {stopDuration}.");
    }

    [RedisFact]
    public async Task OwnerSilo_StoppedUnderLoad_NobodyIsToldAnErrorAndTokensGrow()
    {
        const int Contenders = 10;
        var grants = new GrantLog();
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(1, Contenders).Select(number => Task.Run(() => ContendAsync(number))).ToArray();
        await grants.CountAsync(100);

        await StopAfterItBeganAsync(_cluster.OwnerOf(_key));
        var servedAtStop = grants.Count;
        await grants.CountAsync(servedAtStop + 100);

        await done.CancelAsync();
        await Task.WhenAll(load).WaitAsync(Patience);
        output.WriteLine(
            $"{grants.Count} grants, {servedAtStop} of them until the stop was over; "
            + $"the longest stall between two was {grants.LongestGap.TotalSeconds:0.00} s.");
        Assert.Equal(grants.Tokens.Order(), grants.Tokens);
        Assert.Equal(grants.Count, grants.Tokens.Distinct().Count());

        // Orleans tells an external client nothing of a call that is lost with its gateway: that costs a heartbeat or two,
        // or a slice and an attempt. A lock that nobody hands on would stand still for its first lease, 30 s.
        Assert.True(grants.LongestGap < TimeSpan.FromSeconds(20), $"The lock stood still for {grants.LongestGap}.");

        async Task ContendAsync(int number)
        {
            while (!done.IsCancellationRequested)
            {
                await using var handle = await _client.AcquireAsync(_key, Patience);
                grants.Add(number, handle.FencingToken);
            }
        }
    }

    private LockClient NewClient(TimeSpan attemptTimeout) =>
        LockClient.Create(_cluster.Grains, new LockClientOptions { AttemptTimeout = attemptTimeout });

    private async Task StopAfterItBeganAsync(InProcessSiloHandle silo)
    {
        var stopping = silo.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var stopped = _cluster.Inner.StopSiloAsync(silo);
        await stopping.WhenCancelledAsync("beginning of the stop");
        await stopped;
    }

    /// <summary>Queues clients one after another, each told its place; each logs its grant and releases.</summary>
    private async Task<Task[]> QueueAsync(GrantLog grants, LockClient client)
    {
        var waits = new Task[Waiters];
        for (var number = 1; number <= Waiters; number++)
        {
            var place = new PlaceWatch();
            waits[number - 1] = WaitAsync(number, place);
            Assert.Equal(number, await place.FirstAsync());
        }

        return waits;

        async Task WaitAsync(int number, PlaceWatch place)
        {
            await using var handle = await client.AcquireAsync(_key, Patience, new AcquireOptions { Progress = place });
            grants.Add(number, handle.FencingToken);
        }
    }

    private void Print(string what, long since) =>
        output.WriteLine($"From {what} to the next grant: {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.00} s.");

    private static void AssertAllInOrder(GrantLog grants, long after)
    {
        Assert.All(grants.Tokens, token => Assert.True(token > after, $"The token {token} followed {after}."));
        Assert.Equal(Enumerable.Range(1, Waiters), grants.Numbers);
        Assert.Equal(grants.Tokens.Order(), grants.Tokens);
        Assert.Equal(Waiters, grants.Tokens.Distinct().Count());
    }
}
