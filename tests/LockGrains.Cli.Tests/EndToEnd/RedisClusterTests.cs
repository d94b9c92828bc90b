using System.Globalization;
using LockGrains.Cli.Children;
using Xunit.Abstractions;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>Three silos on Redis, as in production, and clients that know all three.</summary>
public sealed class RedisClusterTests(ITestOutputHelper output) : IDisposable
{
    private const int StartsAtOnce = 4;
    private const int Waiters = 5;

    // Each costs seconds of processor time to start. LOCKGRAINS_CLIENTS makes it a long run.
    private static readonly int Clients = int.Parse(
        Environment.GetEnvironmentVariable("LOCKGRAINS_CLIENTS") is { Length: > 0 } text ? text : "32", CultureInfo.InvariantCulture);

    // Of all of it: programs to start on perhaps two cores, and a silo's death in between.
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(10);

    // Not atomic on purpose: without the lock, increments get lost and tokens come out of order.
    private const string CountScript = "n=$(cat \"$1/count\"); echo $((n + 1)) > \"$1/count\"; echo $LOCK_FENCING_TOKEN >> \"$1/tokens\"";

    private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-count").FullName;
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [RequiresFact("redis-server")]
    public async Task Run_ManyProcessesAndASiloKilled_CountsEveryOneInOrder()
    {
        File.WriteAllText(Path.Combine(_folder, "count"), "0\n");

        // A machine that starts many processes may keep a holder from renewing for long.
        var silos = await StartClusterAsync("--LockGrains:Locks:FirstLease", "00:02:00");
        var holder = StartPatient(silos, "sh", "-c", "echo holding; read line");
        await holder.WhenLineAsync("holding");
        var clients = await QueueUpAsync(silos);
        await holder.WriteInputAsync("end\n");
        var ends = clients.Select(client => client.WhenExitedAsync(Guard)).ToList();

        // A third has counted, the rest waits.
        await WhenCompletedAsync(ends, Clients / 3);
        silos[1].Process.Signal(Posix.SigKill);
        var exitCodes = await Task.WhenAll(ends);

        var failed = clients.Where((_, index) => exitCodes[index] != 0).Select(client => client.Describe());
        Assert.True(exitCodes.All(code => code == 0), $"Exit codes {string.Join(' ', exitCodes.Distinct())}. {string.Join(Environment.NewLine, failed)}");
        Assert.Equal($"{Clients}", File.ReadAllText(Path.Combine(_folder, "count")).Trim());
        var tokens = File.ReadAllLines(Path.Combine(_folder, "tokens")).Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(Clients, tokens.Count);
        Assert.Equal(tokens.Distinct().Order(), tokens);
    }

    [RequiresFact("redis-server")]
    public async Task Run_TheSiloOfItsLockIsKilled_WaitersKeepTheirOrder()
    {
        var silos = await StartClusterAsync();

        // A lock lives on the silo that was asked for it first.
        using (var first = Programs.StartCli("run", "order", "--server", silos[0].Url, "--", "true"))
            await first.ExpectExitAsync(0);
        var holder = Start("run", "order", silos, "sh", "-c", "echo holding; read line");
        await holder.WhenLineAsync("holding");
        var waiters = new List<TestProcess>();
        for (var place = 1; place <= Waiters; place++)
        {
            waiters.Add(Start("run", "order", silos, "sh", "-c", "echo $1 >> \"$2/order\"; echo granted", "wait", $"{place}", _folder));
            await waiters[^1].WhenLineAsync($"place {place} of {place}");
        }

        var killedAt = TimeProvider.System.GetTimestamp();
        silos[0].Process.Signal(Posix.SigKill);
        await holder.WriteInputAsync("end\n");
        await waiters[0].WhenLineAsync("granted");
        output.WriteLine($"From SIGKILL of the lock's silo to the next grant: {TimeProvider.System.GetElapsedTime(killedAt).TotalSeconds:0.0} s.");
        foreach (var process in waiters.Prepend(holder))
            await process.ExpectExitAsync(0);

        Assert.Equal(Enumerable.Range(1, Waiters).Select(place => $"{place}"), File.ReadAllLines(Path.Combine(_folder, "order")));
    }

    [RequiresFact("redis-server")]
    public async Task Run_ItsSiloStopsCleanly_KeepsTheLockAndTheWaiterGetsItNext()
    {
        var silos = await StartClusterAsync();
        var holder = Start("run", "moved", silos, "sh", "-c", "echo holding; read line");
        await holder.WhenLineAsync("holding");
        var waiter = Start("run", "moved", silos, "echo", "my turn");
        await waiter.WhenLineAsync("place 1 of 1");
        foreach (var silo in silos[..2])
        {
            silo.Process.Signal(Posix.SigTerm);
            await silo.Process.ExpectExitAsync(0);
        }

        Assert.Empty(waiter.Out);
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
        await waiter.ExpectExitAsync(0);
        Assert.Equal(["my turn"], waiter.Out);
    }

    private static async Task WhenCompletedAsync(IEnumerable<Task> tasks, int count)
    {
        var pending = tasks.ToList();
        for (var completed = 0; completed < count; completed++)
        {
            pending.Remove(await Task.WhenAny(pending));
        }
    }

    private async Task<SiloProcess[]> StartClusterAsync(params string[] settings)
    {
        var redis = await RedisProcess.StartAsync();
        _started.Add(redis);
        var silos = new SiloProcess[3];
        for (var index = 0; index < silos.Length; index++)
        {
            silos[index] = SiloProcess.StartKeyed(["--redis", redis.ConnectionString, .. settings]);
            _started.Add(silos[index]);
        }

        await Task.WhenAll(silos.Select(silo => silo.WhenReadyAsync()));
        return silos;
    }

    /// <summary>All of the clients, in line. They start a few at a time: a machine that starts all at once is busy with nothing else.</summary>
    private async Task<List<TestProcess>> QueueUpAsync(SiloProcess[] silos)
    {
        var clients = new List<TestProcess>();
        while (clients.Count < Clients)
        {
            var some = Enumerable.Range(0, StartsAtOnce).Select(_ => Count(silos)).ToList();
            await Task.WhenAll(some.Select(client => client.WhenLineAsync("place ", Guard)));
            clients.AddRange(some);
        }

        return clients;
    }

    private TestProcess Count(SiloProcess[] silos) => StartPatient(silos, "sh", "-c", CountScript, "count", _folder);

    private TestProcess StartPatient(SiloProcess[] silos, params string[] command) =>
        Remember(Programs.StartCli(["run", "counter", "--server", ServersOf(silos), "--retry-for", "3m", "--lease", "2m", "--", .. command]));

    private TestProcess Start(string verb, string key, SiloProcess[] silos, params string[] command) =>
        Remember(Programs.StartCli([verb, key, "--server", ServersOf(silos), "--retry-for", "3m", "--", .. command]));

    private static string ServersOf(SiloProcess[] silos) => string.Join(',', silos.Select(silo => silo.Url));

    private TestProcess Remember(TestProcess process)
    {
        _started.Add(process);
        return process;
    }
}
