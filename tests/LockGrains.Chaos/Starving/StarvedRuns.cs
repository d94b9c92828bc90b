using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Whether a holder whose thread pool is blocked is told of its loss before another client is granted the lock. Each run is a process of
/// its own: the first loss of a process is the slowest, because its code is compiled then.
/// </summary>
internal sealed class StarvedRuns : IAsyncDisposable
{
    private const string Id = "starved";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly SmallCluster _cluster;
    private readonly TimeSpan? _safetyMargin;

    private StarvedRuns(SmallCluster cluster, TimeSpan? safetyMargin)
    {
        _cluster = cluster;
        _safetyMargin = safetyMargin;
    }

    /// <summary>The program's own: so many runs, a line each, and 0 when all were told in time.</summary>
    public static async Task<int> RunAsync(WorkerOptions options, TextWriter output)
    {
        var leads = new List<double>();
        await using var runs = await StartAsync(options.SafetyMargin);
        for (var run = 1; run <= options.Runs; run++)
        {
            var (token, linked, deadline) = await runs.RunOnceAsync(string.Create(CultureInfo.InvariantCulture, $"starved/{run}"));
            leads.Add(Math.Min(token, linked));
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"run {run}: token {token:0.0} ms, linked token {linked:0.0} ms before the next grant; the deadline {deadline:0.0} ms"));
        }

        var inTime = leads.Count(lead => lead > 0);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{inTime} of {leads.Count} told before the next grant; ms before it: least {leads.Min():0.0}, median {Percentile.Of(leads, 50):0.0}, most {leads.Max():0.0}"));
        return inTime == leads.Count ? 0 : 1;
    }

    public static async Task<StarvedRuns> StartAsync(TimeSpan? safetyMargin = null) => new(await SmallCluster.StartAsync(Id), safetyMargin);

    /// <summary>One holder and one rival.</summary>
    /// <returns>
    /// By how many milliseconds the token, and one linked to it, were cancelled before the rival was granted the lock; and by how many the
    /// deadline came before that, which is what they could be at best.
    /// </returns>
    public async Task<(double Token, double Linked, double Deadline)> RunOnceAsync(string key)
    {
        using var holder = Child.Start("holder", ["dotnet", SiloCommand.OwnProgram, "starved-holder", .. Arguments(key)]);
        await holder.WhenLineAsync(StarvedHolder.Holding, Patience, CancellationToken.None);
        var inLine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var rival = TakeAsync(key, inLine);
        await Task.WhenAny(inLine.Task, rival).WaitAsync(Patience);
        holder.WriteLine("starve");
        await holder.WhenLineAsync(StarvedHolder.Starved, Patience, CancellationToken.None);
        var grantedAt = await rival.WaitAsync(Patience);
        var told = (await holder.WhenLineAsync(StarvedHolder.Told, Patience, CancellationToken.None)).Split(' ');
        return told is [_, var token, var linked, var deadline]
            ? (Lead(token), Lead(linked), Lead(deadline))
            : throw new ChaosException($"The holder was not told at all. {holder.Describe()}");

        double Lead(string at) => (grantedAt - long.Parse(at, CultureInfo.InvariantCulture)) / 1e6;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task<long> TakeAsync(string key, TaskCompletionSource inLine)
    {
        var progress = new Watcher(inLine);
        await using var handle = await _cluster.Locks.AcquireAsync(key, options: new AcquireOptions { Progress = progress });
        return Clock.Now;
    }

    private string[] Arguments(string key)
    {
        string[] arguments = ["--name", key, "--cluster", Id, "--service", Id, .. _cluster.Store.Arguments];
        return _safetyMargin is { } margin
            ? [.. arguments, "--safety-margin", margin.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)]
            : arguments;
    }

    private sealed class Watcher(TaskCompletionSource inLine) : IProgress<WaitProgress>
    {
        public void Report(WaitProgress value) => inLine.TrySetResult();
    }
}
