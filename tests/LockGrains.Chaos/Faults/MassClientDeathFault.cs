namespace LockGrains.Chaos;

internal sealed class MassClientDeathFault : Fault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override string Name => "mass-client-death";

    public override string Describe => "Two processes with 200 handles are killed (kill -9). Each of 100 keys loses its holder and its waiter at once, and a live client wants each key.";

    public override double Share => 0.5;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        var crowd = await context.Cluster.GetCrowdAsync();
        await Task.WhenAll(crowd.Select(worker => context.Cluster.StartWorkerAsync(worker, cancellationToken)));
        foreach (var worker in crowd)
            worker.Process.WriteLine(Crowd.WaitCommand);
        await Task.WhenAll(crowd.Select(worker => worker.Process.WhenLineAsync(Crowd.Waiting, Patience, cancellationToken)));
        context.Began();
        foreach (var worker in crowd)
            worker.Kill();
        var freed = await Task.WhenAll(Crowd.AllKeys.Select(key => FreeAsync(context, key, cancellationToken)));
        context.Measure("all freed after, beyond the lease, s", Clock.Seconds(freed.Max() - context.BeganAt) - Crowd.Lease.TotalSeconds);
        context.Measure("half of them freed after, beyond the lease, s", Clock.Seconds(freed.Order().ElementAt(freed.Length / 2) - context.BeganAt) - Crowd.Lease.TotalSeconds);
    }

    private static async Task<long> FreeAsync(FaultContext context, string key, CancellationToken cancellationToken)
    {
        await using var handle = await context.Cluster.Locks.AcquireAsync(key, Patience, new AcquireOptions { OwnerId = "survivor" }, cancellationToken);
        return Clock.Now;
    }
}
