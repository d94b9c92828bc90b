namespace LockGrains.Benchmarks;

/// <summary>One silo in a process of its own, and a client outside it.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private Cluster(SiloProcess silo, ExternalClient client)
    {
        Silo = silo;
        Client = client;
    }

    public SiloProcess Silo { get; }

    public ExternalClient Client { get; }

    public static async Task<Cluster> StartAsync(ClusterPlan plan)
    {
        var silo = await SiloProcess.StartAsync(plan);
        return new Cluster(silo, await ExternalClient.ConnectAsync(plan, silo.GatewayPort));
    }

    public async ValueTask DisposeAsync()
    {
        // The silo first: a client that lets go of a hundred thousand waits one by one would keep everybody.
        Silo.Kill();
        await Client.DisposeAsync();
        Silo.Dispose();
    }
}
