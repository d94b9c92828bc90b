using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Cluster.Tests;

/// <summary>Three silos in one process, whose records stay when one of them goes, and a client that does not wait long for a silo.</summary>
public sealed class ListFixture : IAsyncLifetime
{
    public LockCluster Cluster { get; private set; } = null!;

    public LockClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var stores = new SharedStores();
        Cluster = await LockCluster.StartAsync(new LockClusterSettings
        {
            Silos = 3,

            // With the directory of the silos of silo/, the loss of a silo ends no activation of another one.
            ConfigureSilo = silo => silo
                .UseLockGrainsDefaults(crashWatch: false)
                .AddLockGrains(options => options.StorageName = nameof(SharedStores))
                .Services.AddKeyedSingleton<ILockStoreProvider>(nameof(SharedStores), stores),
        });

        // A silo has half of an attempt to reply.
        Client = LockClient.Create(Cluster.Grains, new LockClientOptions { AttemptTimeout = TimeSpan.FromSeconds(2) });
    }

    public async Task DisposeAsync()
    {
        await Client.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    /// <summary>Takes locks for longer than a test lasts, side by side.</summary>
    public async Task TakeAsync(IEnumerable<string> keys) => await Parallel.ForEachAsync(
        keys,
        new ParallelOptions { MaxDegreeOfParallelism = 32 },
        async (key, _) => await new Attempt(Cluster.GetLock(key)) { Lease = TimeSpan.FromHours(1) }.TakeAsync());

    /// <summary>The keys of a whole list, and the silos that did not reply to it.</summary>
    public async Task<(List<string> Keys, IReadOnlyList<string> SilosMissing)> ListAsync(string prefix, int pageSize = 1000)
    {
        var keys = new List<string>();
        IReadOnlyList<string> missing = [];
        await foreach (var page in Client.ListAsync(prefix, new LockListOptions { PageSize = pageSize }))
        {
            keys.AddRange(page.Locks.Select(one => one.Key));
            missing = page.SilosMissing;
        }

        return (keys, missing);
    }
}
