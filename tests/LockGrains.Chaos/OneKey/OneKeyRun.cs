using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>What runs with one key have in common: the load for a while, judged as it comes, and an end.</summary>
internal sealed class OneKeyRun(ChaosCluster cluster, TextWriter output)
{
    private const int Processes = 2;
    private const int BrokenShown = 20;

    // What was under way may still arrive.
    private static readonly TimeSpan SettledAfter = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastLines = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan GrantPatience = TimeSpan.FromSeconds(60);

    private readonly long _startedAt = Clock.Now;

    public ChaosCluster Cluster => cluster;

    public string Key => cluster.HotKeys[0];

    public ClientJudge Judge => cluster.History.Judge;

    public TimeSpan Duration => TimeSpan.FromMinutes(cluster.Options.Minutes);

    /// <summary>How many callers there are.</summary>
    public int Callers => cluster.Options.Contenders * cluster.Workers.Count;

    /// <summary>What holds for such a run where its arguments say nothing.</summary>
    public static ChaosOptions OptionsOf(LoadKind load) => new()
    {
        Load = load,
        Minutes = 1,
        HasCoHost = false,
        HasHttp = false,
        Workers = Processes,
        Contenders = (load == LoadKind.Document ? 64 : 24) / Processes,
    };

    /// <summary>Waits until the key was granted to somebody from now on.</summary>
    public async Task WhenGrantedAsync(string after, CancellationToken cancellationToken)
    {
        var missing = await cluster.History.WhenGrantedAsync([Key], Clock.Now + Clock.Nanoseconds(SettledAfter), GrantPatience, cancellationToken);
        if (missing.Count > 0)
            Judge.Fail("no stuck queue", $"{Key} was not granted to anybody for {GrantPatience.TotalSeconds:0} s after {after}");
    }

    /// <summary>Lets the load go on for a time.</summary>
    public async Task LastAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        for (var until = Clock.Now + Clock.Nanoseconds(duration); Clock.Now < until;)
        {
            await Clock.DelayAsync(Step, cancellationToken);
            cluster.History.JudgeWhatIsKnown();
        }
    }

    /// <summary>Ends the callers in good order: nobody holds or waits after that.</summary>
    public async Task EndLoadAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(cluster.Workers.Select(worker => worker.StopAsync(cancellationToken)));
        await Clock.DelayAsync(LastLines, cancellationToken);
        cluster.History.JudgeWhatIsKnown();
        Judge.CheckOrder();
    }

    /// <summary>Tells what was broken.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        foreach (var broken in Judge.Broken.Take(BrokenShown))
            await output.WriteLineAsync($"VIOLATION {broken}{string.Concat(broken.Evidence.Select(line => $"{Environment.NewLine}    {line}"))}");
        var failures = string.Join(", ", cluster.History.Failures.Select(pair => $"{pair.Value} {pair.Key}").DefaultIfEmpty("none"));
        await SayAsync($"{Judge.Grants} grants judged, failed: {failures}, violations {Judge.Broken.Count}");
        return Judge.Broken.Count == 0 ? 0 : 1;
    }

    public Task SayAsync(FormattableString line) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Clock.Seconds(Clock.Now - _startedAt),6:0.0} s  {line.ToString(CultureInfo.InvariantCulture)}"));
}
