namespace LockGrains.Chaos;

/// <summary>A host with an elected service, as an application has it. What the service does is to append to a file.</summary>
internal static class ElectedHost
{
    public const string Verb = "shown-leader";
    public const string Key = "shown/leader";

    /// <summary>The lease of its leadership.</summary>
    public static TimeSpan Lease => Worker.Lease;

    public static async Task<int> RunAsync(WorkerOptions options)
    {
        using var file = new WorkFile(options.File);
        using var host = Worker.BuildClient(options.Cluster, options.Service, options.Store, add: services => services
            .AddSingleton(options)
            .AddSingleton(file)
            .AddElectedHostedService<ElectedWorker>(Key, elected => elected.Acquire = new AcquireOptions { Lease = Lease, OwnerId = options.Name, TimeToStop = options.TimeToStop }));
        using var ending = StandardInput.WhenClosed();
        await host.StartAsync(ending.Token);
        Console.WriteLine(Worker.Ready);
        await host.WaitForShutdownAsync(ending.Token);
        return 0;
    }
}
