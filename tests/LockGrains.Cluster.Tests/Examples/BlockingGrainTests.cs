using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// The client's time stands still, so no attempt is ever given up and repeated: a message that waits for the grain's own scheduler would
/// wait for ever, and not only nine seconds.
/// </summary>
public sealed class BlockingGrainTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private LockCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await LockCluster.StartAsync(new LockClusterSettings
    {
        ConfigureSilo = silo => silo.Services.AddSingleton<ILockClient>(services =>
            LockClient.Create(services.GetRequiredService<IGrainFactory>(), timeProvider: _time)),
    });

    public async Task DisposeAsync()
    {
        // Clients first, and their time goes on now: what was not answered is given up, and the next test can begin.
        var disposals = Task.WhenAll(_cluster.SiloServices.Select(services => services.GetRequiredService<ILockClient>().DisposeAsync().AsTask()));
        await Eventually.BecomesAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(disposals.IsCompleted);
            },
            isCompleted => isCompleted,
            "end of the clients");
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Acquire_InAGrainThatBlocks_OfAKeyThatNobodyUsedBefore_IsSent()
    {
        foreach (var number in Enumerable.Range(0, 8))
            await Grain(number).TakeBlockingAsync(LockCluster.NewKey("blocking")).WithinPatienceAsync("acquire");
    }

    [Fact]
    public async Task Dispose_InAGrainThatBlocks_OfALockThatIsSomewhereElseNow_IsSent()
    {
        foreach (var number in Enumerable.Range(0, 8))
        {
            var key = LockCluster.NewKey("blocking");
            await Grain(number).TakeAsync(key).WithinPatienceAsync("acquire");
            await _cluster.DeactivateAsync(key);

            Assert.Equal(ReleaseOutcome.AlreadyReleased, await Grain(number).GiveBackBlockingAsync().WithinPatienceAsync("release"));
        }
    }

    private IBlockingGrain Grain(int number) => _cluster.Grains.GetGrain<IBlockingGrain>($"blocking {number}");
}
