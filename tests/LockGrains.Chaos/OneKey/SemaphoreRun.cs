namespace LockGrains.Chaos;

/// <summary>Many callers that take one or all of three permits of one key, in strict order: a request of all is served in its turn.</summary>
internal sealed class SemaphoreRun(OneKeyRun run)
{
    private readonly PermitWaits _waits = new();

    /// <summary>The whole run: 0 when no promise was broken, 1 when one was.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        run.Cluster.History.Listener = _waits.Hear;
        await run.SayAsync($"permits of '{run.Key}': limit {LoadKeys.Limit}, {run.Callers} callers, {run.Cluster.Silos.Count} silos, {run.Cluster.Options.Storage}, seed {run.Cluster.Options.Seed}");
        await run.WhenGrantedAsync("the start", cancellationToken);
        await run.LastAsync(run.Duration, cancellationToken);
        await run.EndLoadAsync(cancellationToken);
        foreach (var (permits, waits) in _waits.ByPermits)
            await run.SayAsync($"{waits.Count} requests of {permits} were granted; they waited p50 {Percentile.Of(waits, 50):0.00} s, p99 {Percentile.Of(waits, 99):0.00} s, max {waits.Max():0.00} s");
        var figures = run.Judge.FiguresOf(run.Key);
        await run.SayAsync($"overtakes {figures.Overtakes}, of {figures.PlacesKnown} whose place was known; the most permits out at one time {figures.MostPermits} of {LoadKeys.Limit}");
        return await run.EndAsync();
    }
}
