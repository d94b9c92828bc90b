namespace LockGrains.Chaos;

/// <summary>A process with many handles that does nothing but hold some keys and wait for others, until it is killed.</summary>
internal static class Crowd
{
    public const string WaitCommand = "wait";
    public const string Waiting = "crowd waiting";

    private const int Keys = 100;

    /// <summary>The lease of all its handles.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The keys of both processes: half are held by each, and waited for by the other.</summary>
    public static IEnumerable<string> AllKeys => Enumerable.Range(0, Keys).Select(number => $"crowd-{number}");

    public static async Task<int> RunAsync(WorkerOptions options)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var host = Worker.BuildClient(options.Cluster, options.Service, options.Store);
        using var ending = StandardInput.WhenClosed(line => told.TrySetResult());
        await host.StartAsync(ending.Token);
        var locks = host.Services.GetRequiredService<ILockClient>();
        var (own, others) = (AllKeys.Where((_, index) => index % 2 == options.Handles), AllKeys.Where((_, index) => index % 2 != options.Handles).ToList());
        var handles = await Task.WhenAll(own.Select(key => locks.AcquireAsync(key, null, new AcquireOptions { Lease = Lease, ConfirmLease = true }, ending.Token).AsTask()));
        Console.WriteLine(Worker.Ready);
        await told.Task.WaitAsync(ending.Token);
        var placed = new CountdownEvent(others.Count);
        var waits = others.Select(key => locks.AcquireAsync(key, null, new AcquireOptions { Lease = Lease, Progress = new FirstPlace(() => placed.Signal()) }, ending.Token).AsTask()).ToList();
        await Task.Run(() => placed.Wait(ending.Token));
        Console.WriteLine(Waiting);
        await Task.WhenAll(waits);
        GC.KeepAlive(handles);
        return 0;
    }
}
