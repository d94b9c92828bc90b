using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>
/// Something that is to be shown of a real cluster: it is done, measured, and each figure is held against its bar. The run has no load of its own, and
/// is on loopback.
/// </summary>
internal abstract class Show(ChaosCluster cluster, TextWriter output)
{
    private readonly long _startedAt = Clock.Now;
    private bool _isMissed;

    /// <summary>What can be shown, by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["session-kill", "elected", "storage-cut", "watch"];

    protected ChaosCluster Cluster => cluster;

    /// <summary>What holds for such a run where its arguments say nothing.</summary>
    public static ChaosOptions OptionsOf(string name) => new() { Show = name, IsLoopback = true, HasCoHost = false, HasHttp = false, Workers = 0 };

    public static Show Make(ChaosCluster cluster, TextWriter output) => cluster.Options.Show switch
    {
        "session-kill" => new SessionKillShow(cluster, output),
        "elected" => new ElectedShow(cluster, output),
        "storage-cut" => new StorageCutShow(cluster, output),
        "watch" => new WatchShow(cluster, output),
        var name => throw new ArgumentException($"There is nothing of the name {name} to show.", nameof(cluster)),
    };

    /// <summary>Shows it.</summary>
    /// <returns>0 when each figure is within its bar, else 1.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await SayAsync($"{cluster.Options.Show}: {cluster.Silos.Count} silos, {cluster.Options.Storage}, seed {cluster.Options.Seed}, {Machine.Describe()}");
        await MeasureAsync(cancellationToken);
        return _isMissed ? 1 : 0;
    }

    protected abstract Task MeasureAsync(CancellationToken cancellationToken);

    /// <summary>Tells a figure that may be so much at most.</summary>
    protected Task HoldAsync(string what, double value, double most, string unit)
    {
        var isHeld = value <= most;
        _isMissed |= !isHeld;
        return SayAsync($"{(isHeld ? "held  " : "MISSED")} {what}: {value:0.###} {unit}, at most {most:0.###}");
    }

    protected Task SayAsync(FormattableString line) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Clock.Seconds(Clock.Now - _startedAt),6:0.0} s  {line.ToString(CultureInfo.InvariantCulture)}"));

    /// <summary>Starts a process of this program that is a client of the run's cluster.</summary>
    protected async Task<Child> StartAsync(string name, string verb, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        string[] command =
        [
            "dotnet", SiloCommand.OwnProgram, verb, "--name", name, "--cluster", cluster.Id, "--service", cluster.Id, .. cluster.Store.Link.Arguments, .. arguments,
        ];
        var child = Child.Start(name, command);
        try
        {
            await child.WhenLineAsync(Worker.Ready, TimeSpan.FromMinutes(5), cancellationToken);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }
    }

    /// <summary>Waits until a lock is as it should be.</summary>
    protected async Task<LockInfo> WhenAsync(string key, Func<LockInfo, bool> isMet, CancellationToken cancellationToken)
    {
        while (true)
        {
            var info = await Patience.AskAsync(() => cluster.Locks.GetInfoAsync(key, cancellationToken).AsTask(), trials: 30, TimeSpan.FromSeconds(1), cancellationToken);
            if (info.Known && isMet(info))
                return info;
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }
}
