namespace LockGrains.Chaos;

/// <summary>Two hosts with an elected service hand it over to each other: by a clean stop, by <c>kill -9</c>, and by a pause that outlasts the lease.</summary>
internal sealed class ElectedShow(ChaosCluster cluster, TextWriter output) : Show(cluster, output)
{
    private const int RoundsDefault = 200;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Dictionary<HandOver, List<double>> _seconds = Enum.GetValues<HandOver>().ToDictionary(how => how, _ => new List<double>());

    // Until it has looked once: its timers are due at once, and so is its next write.
    private static readonly TimeSpan LookPatience = TimeSpan.FromSeconds(1);

    // When those that were paused went on, by their tokens.
    private readonly Dictionary<long, long> _wentOn = [];

    protected override async Task MeasureAsync(CancellationToken cancellationToken)
    {
        var rounds = Cluster.Options.Rounds ?? RoundsDefault;
        using var pair = new ElectedPair(Cluster.Folder, (name, verb, arguments) => StartAsync(name, verb, arguments, cancellationToken), []);
        await pair.StartOneAsync();
        await pair.StartOneAsync();
        await SayAsync($"two hosts, a lease of {ElectedHost.Lease.TotalSeconds:0} s, {rounds} hand-overs");
        for (var round = 0; round < rounds; round++)
        {
            var how = (HandOver)(round % 3);
            _seconds[how].Add(await HandOverAsync(pair, how, cancellationToken));
            if (round % 20 == 19)
                await SayAsync($"{round + 1} hand-overs, {pair.Judge.Spans.Count} leaderships, {pair.Judge.Void} void entries");
        }

        pair.Reader.Read();
        await TellAsync(pair.Judge);
    }

    /// <summary>Ends one leadership, and waits for the next one.</summary>
    /// <returns>From that to the first work of the next leader, in seconds.</returns>
    private async Task<double> HandOverAsync(ElectedPair pair, HandOver how, CancellationToken cancellationToken)
    {
        // Both are there: one works, and one waits in line.
        await WhenAsync(ElectedHost.Key, info => info is { HolderCount: 1, QueueLength: 1, Waiters: [{ Attached: true }] } && info.Holder!.OwnerId == pair.Leader?.Name, cancellationToken);
        var leader = pair.Leader!;
        var host = pair.HostOf(leader);
        var endedAt = Clock.Now;
        host.Signal(how switch { HandOver.Stop => Posix.SigTerm, HandOver.Kill => Posix.SigKill, _ => Posix.SigStop });

        // Another one comes in its place: while the lease of one that was killed runs out, and after a stop once the next leads.
        var starting = how == HandOver.Kill ? pair.StartOneAsync() : Task.CompletedTask;
        var next = await pair.Reader.WhenNextAsync(leader.Token, Bound, cancellationToken);
        if (how == HandOver.Pause)
        {
            _wentOn[leader.Token] = Clock.Now;
            host.Signal(Posix.SigCont);
        }

        await (how == HandOver.Stop ? pair.StartOneAsync() : starting);
        return Clock.Seconds(next.BeganAt - endedAt);
    }

    private async Task TellAsync(WorkJudge judge)
    {
        // A process that goes on after a pause writes before it has looked. Nothing but the fence can help against that.
        var excused = judge.Late.Where(entry => _wentOn.TryGetValue(entry.Token, out var at) && entry.At < at + Clock.Nanoseconds(LookPatience)).ToList();
        var last = excused.Select(entry => Clock.Seconds(entry.At - _wentOn[entry.Token])).DefaultIfEmpty().Max();
        var unexcused = judge.Late.Count - excused.Count;
        foreach (var broken in judge.Broken)
            await SayAsync($"VIOLATION {broken}");
        await HoldAsync("two at work, by the file's fence and by process time", judge.Broken.Count + unexcused, 0, "times");
        await SayAsync($"entries that the fence made void: {judge.Void}, of these {excused.Count} by processes that went on after {_wentOn.Count} pauses and had not looked yet, the last one {last * 1e3:0} ms after that");
        foreach (var (how, seconds) in _seconds.Where(pair => pair.Value.Count > 0))
            await SayAsync($"hand-over by {how}: {seconds.Count} times, p50 {Percentile.Of(seconds, 50):0.000} s, p99 {Percentile.Of(seconds, 99):0.000} s, max {seconds.Max():0.000} s");
        await HoldEachAsync("hand-over after a clean stop, p99", _seconds[HandOver.Stop], static seconds => Percentile.Of(seconds, 99), 1);
        await HoldEachAsync("hand-over after kill -9, max", _seconds[HandOver.Kill], Enumerable.Max, ElectedHost.Lease.TotalSeconds + 1);
        await HoldEachAsync("hand-over after a pause, max", _seconds[HandOver.Pause], Enumerable.Max, ElectedHost.Lease.TotalSeconds + 1);
    }

    // What was never done holds no bar.
    private Task HoldEachAsync(string what, List<double> seconds, Func<List<double>, double> find, double bar) =>
        seconds.Count > 0 ? HoldAsync(what, find(seconds), bar, "s") : Task.CompletedTask;
}
