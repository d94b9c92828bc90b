using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// All silos lose their storage for twice the lease, so that nobody can renew. The worker is told in time, cleans up for a while, and has ended before
/// anybody else can lead.
/// </summary>
internal sealed class StorageCutShow(ChaosCluster cluster, TextWriter output) : Show(cluster, output)
{
    private const int RoundsDefault = 100;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(1.5);
    private static readonly RespProxyRule NoStorage = new(RespProxyMode.Refuse);

    protected override async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var rounds = Cluster.Options.Rounds ?? RoundsDefault;
        using var pair = new ElectedPair(
            Cluster.Folder, (name, verb, arguments) => StartAsync(name, verb, arguments, cancellationToken), ["--time-to-stop", Text(TimeToStop), "--clean-up", Text(CleanUp)]);
        await pair.StartOneAsync();
        await pair.StartOneAsync();
        await SayAsync($"two hosts, a lease of {ElectedHost.Lease.TotalSeconds:0} s, {TimeToStop.TotalSeconds:0.0} s to stop, {CleanUp.TotalSeconds:0.0} s of cleaning up, {rounds} cuts of {2 * ElectedHost.Lease.TotalSeconds:0} s");
        var (ends, gaps, nexts) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            await WhenAsync(ElectedHost.Key, info => info is { HolderCount: 1, QueueLength: 1 } && info.Holder!.OwnerId == pair.Leader?.Name, cancellationToken);
            var leader = pair.Leader!;
            var cutAt = Clock.Now;
            SetRule(NoStorage);
            await Clock.DelayAsync(2 * ElectedHost.Lease, cancellationToken);
            SetRule(RespProxyRule.Pass);
            var healedAt = Clock.Now;
            var next = await pair.Reader.WhenNextAsync(leader.Token, Bound, cancellationToken);
            ends.Add(Clock.Seconds(leader.EndedAt - cutAt));
            gaps.Add(Clock.Seconds(next.BeganAt - leader.EndedAt));
            nexts.Add(Clock.Seconds(next.BeganAt - healedAt));
            if (round % 10 == 9)
                await SayAsync($"{round + 1} cuts, {pair.Judge.Spans.Count} leaderships, {pair.Judge.Void} void entries");
        }

        await TellAsync(pair.Judge, ends, gaps, nexts);
    }

    private async Task TellAsync(WorkJudge judge, List<double> ends, List<double> gaps, List<double> nexts)
    {
        foreach (var broken in judge.Broken)
            await SayAsync($"VIOLATION {broken}");
        await HoldAsync("two at work, by process time", judge.Broken.Count + judge.Late.Count, 0, "times");
        await HoldAsync("entries that the fence made void", judge.Void, 0, "entries");
        await HoldAsync("the end of the work after the cut, max", ends.Max(), ElectedHost.Lease.TotalSeconds, "s");
        await SayAsync($"nobody at work between two leaders: min {gaps.Min():0.000} s, p50 {Percentile.Of(gaps, 50):0.000} s, max {gaps.Max():0.000} s");
        await SayAsync($"the next leader after the storage is back: p50 {Percentile.Of(nexts, 50):0.000} s, p99 {Percentile.Of(nexts, 99):0.000} s, max {nexts.Max():0.000} s");
    }

    private void SetRule(RespProxyRule rule)
    {
        foreach (var silo in Cluster.Silos)
            silo.Proxy.Rule = rule;
    }

    private static string Text(TimeSpan span) => ((int)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
