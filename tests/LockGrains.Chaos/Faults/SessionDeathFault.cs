namespace LockGrains.Chaos;

internal sealed class SessionDeathFault : Fault
{
    private const int Wanted = 100;

    // Two are meant; on a machine that is busy with other things it takes longer.
    private const double FreedBound = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override string Name => "session-death";

    public override string Describe => "A process with 1,000 locks under one session is killed (kill -9). A live client waits for 100 of them, and must have all 10 s after the lease of the session at the latest.";

    public override double Share => 0.5;

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        context.Affect([]);
        var crowd = await context.Cluster.GetSessionCrowdAsync();
        await context.Cluster.StartWorkerAsync(crowd, cancellationToken);
        using var placed = new CountdownEvent(Wanted);
        var waits = SessionCrowd.AllKeys.Take(Wanted).Select(key => FreeAsync(context, key, placed, cancellationToken)).ToList();
        await Task.Run(() => placed.Wait(Patience, cancellationToken), cancellationToken);
        context.Began();
        crowd.Kill();
        var freed = await Task.WhenAll(waits);
        var beyond = Clock.Seconds(freed.Max() - context.BeganAt) - SessionCrowd.Lease.TotalSeconds;
        context.Measure("all freed after, beyond the lease of the session, s", beyond);
        context.Measure("between the first and the last of them, s", Clock.Seconds(freed.Max() - freed.Min()));
        if (freed.Min() < context.BeganAt)
            context.Cluster.History.Judge.Fail("timed exclusion", "a lock of the session was granted to another while its process lived");
        if (beyond > FreedBound)
            context.Cluster.History.Judge.Fail("free after its session", FormattableString.Invariant($"the last of {Wanted} locks was granted {beyond:0.0} s after the lease of the session"));
    }

    private static async Task<long> FreeAsync(FaultContext context, string key, CountdownEvent placed, CancellationToken cancellationToken)
    {
        var options = new AcquireOptions { OwnerId = "survivor", Progress = new FirstPlace(() => placed.Signal()) };
        await using var handle = await context.Cluster.Locks.AcquireAsync(key, Patience, options, cancellationToken);
        return Clock.Now;
    }
}
