namespace LockGrains.Chaos;

/// <summary>
/// Many readers and some writers of one key, and its silo killed in the middle. A writer must not wait for more than the readers that held
/// when it became first, and readers that stand side by side must come in with one write.
/// </summary>
internal sealed class ReadersRun(OneKeyRun run)
{
    private const int CountRounds = 3;

    // One write lets all in. What follows it, a flush of the queue or a first renewal, may be written before the last reader of a round hears of it.
    private const int WritesMax = 3;

    private static readonly int[] ReaderCounts = [1, 4, 16, 64];

    private readonly WriterWaits _waits = new();

    private ChaosCluster Cluster => run.Cluster;

    private bool CanCount => Cluster.Options.Storage == StoreKind.Redis;

    /// <summary>The whole run: 0 when no promise was broken, 1 when one was.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Cluster.History.Listener = _waits.Hear;
        await run.SayAsync($"readers and writers of '{run.Key}': {run.Callers} callers, 10 % of their requests write, {Cluster.Silos.Count} silos, {Cluster.Options.Storage}, seed {Cluster.Options.Seed}");
        await run.WhenGrantedAsync("the start", cancellationToken);
        await run.LastAsync(run.Duration / 2, cancellationToken);
        await KillOwnerAsync(cancellationToken);
        await run.LastAsync(run.Duration / 2, cancellationToken);
        await run.EndLoadAsync(cancellationToken);
        await TellWaitsAsync();
        if (CanCount)
            await CountWritesAsync(cancellationToken);
        else
            await run.SayAsync($"writes are counted between the silos and Redis only");
        return await run.EndAsync();
    }

    private async Task KillOwnerAsync(CancellationToken cancellationToken)
    {
        var owners = await Cluster.FindOwnersAsync(cancellationToken);
        if (!owners.TryGetValue(run.Key, out var owner))
            throw new ChaosException($"no silo serves {run.Key}");
        var killedAt = Clock.Now;
        owner.Kill();
        await run.WhenGrantedAsync($"{owner.Name} was killed", cancellationToken);
        await run.SayAsync($"{owner.Name} was killed; the next grant came {Clock.Seconds(Clock.Now - killedAt):0.00} s later");
        _waits.Disturb(killedAt, Clock.Now);
        await Cluster.RestoreAsync(cancellationToken);
    }

    private async Task TellWaitsAsync()
    {
        var figures = run.Judge.FiguresOf(run.Key);
        await run.SayAsync($"{_waits.Readers} grants to readers, {_waits.Writers} to writers, the most readers at one time {_waits.MostReaders}");
        await run.SayAsync($"{_waits.Firsts} writers were told that they were first: {_waits.PassedBy} requests that came after that were granted before them");
        await run.SayAsync($"overtakes {figures.Overtakes}, of {figures.PlacesKnown} whose place was known");
        if (_waits.Longest is { } longest)
        {
            await run.SayAsync($"the longest wait of a first writer {longest.Waited * 1e3:0} ms: {longest.ForHolders * 1e3:0} ms until the last of the {longest.Holders} that held then had let go, and {longest.After * 1e3:0} ms more");
            await run.SayAsync($"from there to the grant: p50 {Percentile.Of(_waits.Afters, 50) * 1e3:0} ms, p99 {Percentile.Of(_waits.Afters, 99) * 1e3:0} ms, max {_waits.Afters.Max() * 1e3:0} ms (without those that waited while the silo was away)");
        }
    }

    private async Task CountWritesAsync(CancellationToken cancellationToken)
    {
        using var host = Worker.BuildClient(Cluster.Id, Cluster.Id, Cluster.Store.Link, OneKeyLoad.BeatOften);
        await host.StartAsync(cancellationToken);
        var locks = host.Services.GetRequiredService<ILockClient>();
        foreach (var readers in ReaderCounts)
        {
            var (record, all) = (new List<long>(), new List<long>());
            for (var round = 0; round < CountRounds; round++)
            {
                record.Add(await AdjacentReaders.CountWritesAsync(Cluster, locks, run.Key, readers, isOnlyRecord: true, cancellationToken));
                all.Add(await AdjacentReaders.CountWritesAsync(Cluster, locks, run.Key, readers, isOnlyRecord: false, cancellationToken));
            }

            await run.SayAsync($"{readers} adjacent readers came in with writes of the lock record: {string.Join(", ", record)}; with the chunks of its queue: {string.Join(", ", all)}");
            if (record.Min() != 1 || record.Max() > WritesMax)
                run.Judge.Fail("readers together", $"{readers} adjacent readers took {string.Join(", ", record)} writes");
        }

        await host.StopAsync(cancellationToken);
    }
}
