namespace LockGrains.Chaos;

/// <summary>A process that holds many locks under one session and does nothing else, until it is killed.</summary>
internal static class SessionCrowd
{
    public const string Verb = "session-crowd";

    private const int Keys = 1000;
    private const int AtOnce = 50;

    /// <summary>The lease of the session. What is held under it has one of minutes.</summary>
    public static TimeSpan Lease { get; } = TimeSpan.FromSeconds(5);

    public static IEnumerable<string> AllKeys => Enumerable.Range(0, Keys).Select(number => $"session-crowd-{number}");

    public static async Task<int> RunAsync(WorkerOptions options)
    {
        using var host = Worker.BuildClient(options.Cluster, options.Service, options.Store);
        using var ending = StandardInput.WhenClosed();
        await host.StartAsync(ending.Token);
        await using var session = await host.Services.GetRequiredService<ILockClient>().OpenSessionAsync(new LockSessionOptions { Lease = Lease, OwnerId = options.Name }, ending.Token);
        var handles = new List<LockHandle>();
        foreach (var keys in AllKeys.Chunk(AtOnce))
            handles.AddRange(await Task.WhenAll(keys.Select(key => session.AcquireAsync(key, null, null, ending.Token).AsTask())));
        Console.WriteLine(Worker.Ready);
        await Clock.DelayAsync(Timeout.InfiniteTimeSpan, ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        GC.KeepAlive(handles);
        return 0;
    }
}
