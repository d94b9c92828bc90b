using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>A store with its silos.</summary>
internal sealed class Farm(ForgetOptions options, RecordStore store) : IAsyncDisposable
{
    private readonly List<SiloProcess> _silos = [];
    private readonly List<ExternalClient> _clients = [];
    private readonly string _id = $"forget-{Guid.NewGuid():N}";

    public RecordStore Store => store;

    private ClusterPlan Plan => new(SiloProcess.FindProgram(), store.Silo, _id)
    {
        Arguments = ["--LockGrains:Locks:ForgetAfter", options.ForgetAfter.ToString("c", CultureInfo.InvariantCulture)],
    };

    public async Task StartSilosAsync(int count)
    {
        for (var silo = 0; silo < count; silo++)
            _silos.Add(await SiloProcess.StartAsync(Plan));
    }

    /// <summary>A client that knows all silos, as an application's does: its keys are spread over them.</summary>
    public async Task<ILockClient> ConnectAsync()
    {
        var client = await ExternalClient.ConnectAsync(Plan, [.. _silos.Select(silo => silo.GatewayPort)]);
        _clients.Add(client);
        return client.Locks;
    }

    public void KillFirst()
    {
        _silos[0].Kill();
        _silos[0].Dispose();
        _silos.RemoveAt(0);
    }

    /// <summary>What lives in the memory of each silo after a full collection, and what each process takes of the machine.</summary>
    public async Task<(long Live, long Resident)> ReadMemoryAsync(bool collect = true)
    {
        var status = await Task.WhenAll(_silos.Select(silo => collect ? silo.ReadLiveAsync() : silo.ReadStatusAsync()));
        return (status.Sum(silo => silo.Heap), status.Sum(silo => silo.WorkingSet));
    }

    public async Task EndSilosAsync()
    {
        foreach (var silo in _silos)
            silo.Dispose();
        _silos.Clear();
        foreach (var client in _clients)
            await client.DisposeAsync();
        _clients.Clear();
    }

    public async ValueTask DisposeAsync() => await EndSilosAsync();
}
