using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Cluster.Tests;

/// <summary>Locks used from inside a grain, from a silo's own services, and from an external client, side by side.</summary>
public sealed class GuardedLedgerTests : IAsyncLifetime
{
    private readonly FencedLedger _ledger = new();
    private readonly string _account = Guid.NewGuid().ToString("N");
    private LockCluster _cluster = null!;
    private LockClient _external = null!;

    public async Task InitializeAsync()
    {
        _cluster = await LockCluster.StartAsync(new LockClusterSettings
        {
            ConfigureSilo = silo =>
            {
                silo.Services.AddLockGrainsClient();
                silo.Services.AddSingleton<ILedger>(_ledger);
            },
        });
        _external = LockClient.Create(_cluster.Grains);
    }

    public async Task DisposeAsync()
    {
        await _external.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task GuardedGrains_PostAtTheSameTime_LoseNoPosting()
    {
        var postings = Enumerable.Range(0, 20).Select(number =>
            _cluster.Grains.GetGrain<IGuardedLedgerGrain>($"teller {number}").PostAsync(_account, 1m));

        var balances = await Task.WhenAll(postings);

        Assert.Equal(Enumerable.Range(1, 20).Select(count => (decimal)count), balances.Order());
    }

    [Fact]
    public async Task DirectGrains_PostAtTheSameTime_OnlyGrantedOnesCount()
    {
        var posted = 0;
        for (var round = 0; round < 5; round++)
        {
            var postings = await Task.WhenAll(Enumerable.Range(0, 8).Select(number =>
                _cluster.Grains.GetGrain<IDirectLedgerGrain>($"teller {number}").TryPostAsync(_account, 1m)));
            posted += postings.Count(balance => balance is not null);
        }

        await using var handle = await _external.AcquireAsync($"ledger/{_account}");
        Assert.InRange(posted, 5, 40);
        Assert.Equal(posted, await _ledger.ReadAsync(_account, handle.FencingToken, CancellationToken.None));
    }

    [Fact]
    public async Task GuardedGrain_LockHeldOutside_WaitsForIt()
    {
        var handle = await _external.AcquireAsync($"ledger/{_account}");
        var posting = _cluster.Grains.GetGrain<IGuardedLedgerGrain>("teller").PostAsync(_account, 5m);
        await Eventually.BecomesAsync(
            async () => (await _external.GetInfoAsync($"ledger/{_account}")).QueueLength,
                length => length == 1,
                "grain in the queue");

        await handle.ReleaseAsync();

        Assert.Equal(5m, await posting);
    }

    [Fact]
    public async Task Ledger_HolderThatWasRevokedAndSleptOn_IsRefused()
    {
        var sleeper = await _external.AcquireAsync($"ledger/{_account}", options: new AcquireOptions { Renew = false });
        await _external.RevokeAsync(sleeper.Key, sleeper.FencingToken);
        await _cluster.Grains.GetGrain<IGuardedLedgerGrain>("teller").PostAsync(_account, 7m);

        await Assert.ThrowsAsync<OutdatedTokenException>(
            () => _ledger.WriteAsync(_account, 0m, sleeper.FencingToken, CancellationToken.None));
        Assert.Equal(8m, await _cluster.Grains.GetGrain<IGuardedLedgerGrain>("teller").PostAsync(_account, 1m));
    }

    [Fact]
    public async Task Clients_InSilosAndOutside_ShareOneQueue()
    {
        var key = LockCluster.NewKey("shared");
        var inside = _cluster.SiloServices.Select(services => services.GetRequiredService<ILockClient>());
        var clients = inside.Append(_external).ToArray();
        var first = await clients[0].AcquireAsync(key);
        Assert.All(await Task.WhenAll(clients.Select(client => client.TryAcquireAsync(key).AsTask())), Assert.Null);

        var waiting = new List<Task<LockHandle>>();
        foreach (var client in clients)
        {
            var place = new PlaceWatch();
            waiting.Add(client.AcquireAsync(key, options: new AcquireOptions { Progress = place }).AsTask());
            Assert.Equal(waiting.Count, await place.FirstAsync());
        }

        await first.ReleaseAsync();
        var last = first.FencingToken;
        foreach (var wait in waiting)
        {
            await using var handle = await wait;
            Assert.True(handle.FencingToken > last);
            last = handle.FencingToken;
        }
    }
}
