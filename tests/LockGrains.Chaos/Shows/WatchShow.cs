namespace LockGrains.Chaos;

/// <summary>
/// A watcher of a key, in a client of its own, shows what others do to the lock soon after they know it. When the silo that it is served by is killed, it
/// shows the latest state soon, and nothing that is older than what it has shown.
/// </summary>
internal sealed class WatchShow(ChaosCluster cluster, TextWriter output) : Show(cluster, output)
{
    private const string Key = "demo";
    private const int TurnsDefault = 100;
    private const int Kills = 10;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    protected override async Task MeasureAsync(CancellationToken cancellationToken)
    {
        using var watching = await ConnectAsync(cancellationToken);
        using var acting = await ConnectAsync(cancellationToken);
        var locks = acting.Services.GetRequiredService<ILockClient>();
        using var seen = new SeenStates(watching.Services.GetRequiredService<ILockClient>(), Key);
        await ShowTurnsAsync(locks, seen, Cluster.Options.Rounds ?? TurnsDefault, cancellationToken);
        await ShowKillsAsync(locks, seen, cancellationToken);
        await HoldAsync("states that are older than one shown before", seen.Stale, 0, "states");
        await Task.WhenAll(watching.StopAsync(cancellationToken), acting.StopAsync(cancellationToken));
    }

    private async Task ShowTurnsAsync(ILockClient locks, SeenStates seen, int turns, CancellationToken cancellationToken)
    {
        var delays = new List<double>();
        for (var turn = 0; turn < turns; turn++)
        {
            var handle = await locks.AcquireAsync(Key, Bound, cancellationToken: cancellationToken);
            delays.Add(await seen.DelayAsync(info => info.Holder?.FencingToken == handle.FencingToken, Clock.Now, Bound, cancellationToken));
            await handle.ReleaseAsync(cancellationToken);
            delays.Add(await seen.DelayAsync(info => info.HolderCount == 0 && info.LastFencingToken >= handle.FencingToken, Clock.Now, Bound, cancellationToken));
        }

        await SayAsync($"{delays.Count} grants and releases: shown p50 {Percentile.Of(delays, 50) * 1e3:0} ms, p99 {Percentile.Of(delays, 99) * 1e3:0} ms after the caller was told");
        await HoldAsync("a grant or a release is shown, max", delays.Max() * 1e3, 200, "ms");
    }

    private async Task ShowKillsAsync(ILockClient locks, SeenStates seen, CancellationToken cancellationToken)
    {
        var delays = new List<double>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var handle = await locks.AcquireAsync(Key, Bound, cancellationToken: cancellationToken);
            await seen.DelayAsync(info => info.Holder?.FencingToken == handle.FencingToken, Clock.Now, Bound, cancellationToken);
            var owner = await FindOwnerAsync(cancellationToken);
            var killedAt = Clock.Now;
            owner.Kill();

            // What becomes true after the kill is what the watcher has to show.
            var releasing = handle.ReleaseAsync(cancellationToken).AsTask();
            await using var next = await locks.AcquireAsync(Key, Bound, cancellationToken: cancellationToken);
            var granted = Clock.Seconds(Clock.Now - killedAt);
            delays.Add(await seen.DelayAsync(info => info.Holder?.FencingToken == next.FencingToken, killedAt, Bound, cancellationToken));
            await SayAsync($"{owner.Name} was killed; a hold that was granted {granted:0.000} s after that was shown {delays[^1]:0.000} s after it");
            await releasing;
            await Cluster.RestoreAsync(cancellationToken);
        }

        await HoldAsync($"the latest state after each of {Kills} kills of the silo that serves the key, max", delays.Max(), 3, "s");
    }

    private async Task<SiloNode> FindOwnerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await Cluster.FindSiloAsync(Cluster.Grains.GetLock(Key), cancellationToken) is { IsRunning: true } owner)
                return owner;
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }

    private async Task<IHost> ConnectAsync(CancellationToken cancellationToken)
    {
        var host = Worker.BuildClient(Cluster.Id, Cluster.Id, Cluster.Store.Link);
        await host.StartAsync(cancellationToken);
        return host;
    }
}
