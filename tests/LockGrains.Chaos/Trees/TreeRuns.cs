using System.Globalization;
using System.Runtime.InteropServices;

namespace LockGrains.Chaos;

/// <summary>
/// Whether all that <c>lockgrains run</c> started has ended when the next holder begins: random trees of processes, streams and ends. Judged
/// by the process table at that moment, and by a resource that remembers the order of tokens.
/// </summary>
internal sealed class TreeRuns : IAsyncDisposable
{
    private const string Lease = "3s";

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    // After a revocation, and after a sleep, the next holder may be there first: what is promised then is an end soon after. A holder hears
    // of a revocation at its next renewal, at the latest when its lease ends.
    private static readonly TimeSpan SoonAfter = TimeSpan.FromSeconds(1);

    // The table is read process by process: one that starts another in that time may hide from a look, but not from several.
    private const int LooksToBeSure = 3;

    private readonly SmallCluster _cluster;
    private readonly string _lockgrains;
    private int _leftovers;

    private TreeRuns(SmallCluster cluster, string? lockgrains)
    {
        _cluster = cluster;
        _lockgrains = lockgrains ?? SiloCommand.CommandLine;
    }

    /// <summary>The program's own: so many runs, and 0 when none was violated. SIGINT and SIGTERM end it after the run that goes on.</summary>
    public static async Task<int> RunAsync(WorkerOptions options, TextWriter output)
    {
        var isStopped = false;
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await using var runs = await StartAsync(options.Lockgrains);
        foreach (var tree in Tree.From(options.Seed).Where(tree => options.End is null || tree.End == options.End).Take(options.Runs))
        {
            if (Volatile.Read(ref isStopped))
                break;

            var violation = await runs.JudgeAsync(tree);

            // A terminal sends its signal to the silo, too: what came of that is no violation.
            if (violation is not null && Volatile.Read(ref isStopped))
                break;

            runs.Report.Add(tree.End, violation, runs._leftovers);
            if (violation is not null)
                await output.WriteLineAsync($"VIOLATION {violation}{Environment.NewLine}  {tree}");
        }

        await output.WriteLineAsync(runs.Report.Describe(options.Runs));
        return runs.Report.Violations == 0 ? 0 : 1;

        void Stop(PosixSignalContext context)
        {
            // The second one ends the program as it would any other.
            context.Cancel = !Volatile.Read(ref isStopped);
            Volatile.Write(ref isStopped, true);
        }
    }

    public static async Task<TreeRuns> StartAsync(string? lockgrains = null) => new(await SmallCluster.StartAsync("trees"), lockgrains);

    /// <summary>What came of the runs.</summary>
    public TreeReport Report { get; } = new();

    /// <summary>One command under a lock, and the next holder.</summary>
    /// <returns>What was violated; null for nothing.</returns>
    public async Task<string?> RunOnceAsync(Tree tree)
    {
        var folder = Directory.CreateTempSubdirectory("lockgrains-tree");
        var mark = folder.Name;
        var table = new TreeTable(mark);
        using var shell = Child.Start("lockgrains", Command(tree, mark, folder.FullName), new Dictionary<string, string> { [Tree.Mark] = mark, ["LOCKGRAINS_TOKEN"] = _cluster.AccessKey });
        try
        {
            await BecomesAsync(() => File.Exists(Path.Combine(folder.FullName, "up")), $"command of {tree}. {shell.Describe()}");
            var next = _cluster.Locks.AcquireAsync(mark, Patience).AsTask();
            await EndAsync(tree, table, next);
            await using var handle = await next;
            if (tree.End is TreeEnd.Revoked or TreeEnd.Suspended)
                await BecomesEmptyAsync(table, (tree.End == TreeEnd.Revoked ? LeaseTime : TimeSpan.Zero) + tree.Grace + SoonAfter);
            var beside = table.Command;
            var resource = Path.Combine(folder.FullName, "resource");
            var written = new FileInfo(resource).Length;
            if (beside.Count > 0)
                return $"{beside.Count} processes beside the next holder: {string.Join("; ", beside.Select(process => process.Line).Take(5))}";

            // Nothing is there to write any more: the file stays as it is.
            await Task.Delay(Look, TimeProvider.System);
            return new FileInfo(resource).Length == written ? null : "the resource was written to beside the next holder";
        }
        finally
        {
            table.Signal(Posix.SigKill);
            await shell.WhenEndedAsync(Patience, CancellationToken.None);
            _leftovers = table.All.Count;
            folder.Delete(recursive: true);
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>A run that comes to no end is one that must be looked at, too.</summary>
    private async Task<string?> JudgeAsync(Tree tree)
    {
        try
        {
            return await RunOnceAsync(tree);
        }
        catch (Exception exception) when (exception is ChaosException or LockTimeoutException or LockUnavailableException or TimeoutException)
        {
            return $"not judged: {exception.Message}";
        }
    }

    private string[] Command(Tree tree, string key, string folder)
    {
        // A pipe that is full and that somebody holds open, but nobody reads.
        var full = tree.Streams.Contains("full", StringComparison.Ordinal) && !tree.Streams.Contains("/dev", StringComparison.Ordinal)
            ? "mkfifo full; exec 9<>full; dd if=/dev/zero of=full bs=65536 count=1 2>/dev/null; " : "";
        string[] run =
        [
            "dotnet", _lockgrains, "run", key, "--server", _cluster.Server,
            "--lease", Lease, "--grace", string.Create(CultureInfo.InvariantCulture, $"{tree.Grace.TotalMilliseconds:0}ms"), "--", "sh", "-c", tree.Script,
        ];
        return ["sh", "-c", $"cd '{folder}'; {full}exec \"$@\" {tree.Streams}", "sh", .. run];
    }

    private async Task EndAsync(Tree tree, TreeTable table, Task next)
    {
        switch (tree.End)
        {
            case TreeEnd.ByItself:
                // What it left behind is ended by hand a second later: until then the lock is held.
                await Task.WhenAny(next, Task.Delay(SoonAfter, TimeProvider.System));
                await BecomesAsync(
                    () =>
                    {
                        if (next.IsCompleted)
                            return true;

                        foreach (var (id, _) in table.Command)
                            _ = Posix.Kill(id, Posix.SigKill);
                        return false;
                    },
                    "next holder");
                break;
            case TreeEnd.Killed:
                await KillAsync(table, next);
                break;
            case TreeEnd.Stopped:
                _ = Posix.Kill(table.Lockgrains!.Value, Posix.SigStop);
                break;
            case TreeEnd.GuardKilled:
                SignalGuard(table, Posix.SigKill);
                break;
            case TreeEnd.GuardStopped:
                SignalGuard(table, Posix.SigStop);
                await PauseSiloAsync(next);
                break;
            case TreeEnd.Lost:
                await PauseSiloAsync(next);
                break;
            case TreeEnd.Revoked:
                await _cluster.Locks.RevokeAsync(table.Mark);
                break;
            case TreeEnd.Signalled:
                _ = Posix.Kill(table.Lockgrains!.Value, tree.Signal);
                await Task.Delay(Look, TimeProvider.System);
                await KillAsync(table, next);
                break;
            case TreeEnd.Suspended:
                table.Signal(Posix.SigStop);
                await next.WaitAsync(Patience);
                table.Signal(Posix.SigCont);
                break;
        }
    }

    /// <summary>Kills lockgrains, if it is still there, and sees how long its tree outlives it.</summary>
    private async Task KillAsync(TreeTable table, Task next)
    {
        if (table.Lockgrains is not { } lockgrains)
            return;

        _ = Posix.Kill(lockgrains, Posix.SigKill);
        var startedAt = TimeProvider.System.GetTimestamp();
        var (goneAfter, emptyLooks) = (TimeSpan.Zero, 0);
        while (emptyLooks < LooksToBeSure && !next.IsCompleted)
        {
            var isGone = table.Command.Count == 0;
            if (emptyLooks == 0)
                goneAfter = TimeProvider.System.GetElapsedTime(startedAt);
            emptyLooks = isGone ? emptyLooks + 1 : 0;
            await Task.Delay(Look / 4, TimeProvider.System);
        }

        Report.AddOutlived(goneAfter);
    }

    private static void SignalGuard(TreeTable table, int signal) =>
        _ = Posix.Kill(table.Guard ?? throw new ChaosException("The command has no guard."), signal);

    /// <summary>The silo goes on when the lease, which it could not be asked to renew, is long over.</summary>
    private async Task PauseSiloAsync(Task next)
    {
        _cluster.Silo.Signal(Posix.SigStop);
        try
        {
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System));
        }
        finally
        {
            _cluster.Silo.Signal(Posix.SigCont);
        }
    }

    private static Task BecomesEmptyAsync(TreeTable table, TimeSpan patience)
    {
        var looks = 0;
        return BecomesAsync(() => (looks = table.Command.Count == 0 ? looks + 1 : 0) >= LooksToBeSure, "", patience);
    }

    private static async Task BecomesAsync(Func<bool> isSo, string what, TimeSpan? patience = null)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > (patience ?? Patience))
            {
                // What has a short patience is judged by the caller.
                if (patience is not null)
                    return;

                throw new ChaosException($"There was no {what}");
            }

            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
