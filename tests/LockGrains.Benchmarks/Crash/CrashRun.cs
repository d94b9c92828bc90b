using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>
/// How long a lock stands still when its silo is killed just after a crowd of its waiters gave up: the dead must not come back and be
/// served one after another.
/// </summary>
internal static class CrashRun
{
    private const int ExitFailed = 70;
    private const int Silos = 3;
    private const double BarSeconds = 6;

    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(200);

    public static Task<int> RunAsync(IReadOnlyList<string> args) =>
        LoadProgram.RunAsync(() => CrashOptions.Parse(args), options => options.SiloProgram, RunRoundsAsync);

    private static async Task<int> RunRoundsAsync(CrashOptions options)
    {
        await using var bench = await Bench.StartAsync(new CompareOptions { SiloProgram = options.SiloProgram });
        foreach (var line in await Machine.DescribeAsync(bench))
            Console.WriteLine(line);
        if (bench.RedisProblem is { } problem)
        {
            Console.Error.WriteLine($"Nothing was measured: {problem}.");
            return ExitFailed;
        }

        var plan = bench.MakePlan();
        var silos = new Queue<SiloProcess>();
        try
        {
            while (silos.Count < Silos)
                silos.Enqueue(await SiloProcess.StartAsync(plan));
            await using var client = await ExternalClient.ConnectAsync(plan);
            var rounds = new List<CrashRound>();
            for (var number = 1; number <= options.Rounds; number++)
            {
                await WhenAllAreInAsync(client, silos);
                using var victim = silos.Dequeue();
                rounds.Add(await CrashRound.RunAsync(plan, victim, client.Locks, options, number));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {number}: grant behind the crowd after {rounds[^1].Seconds:0.00} s, without a crowd after {rounds[^1].LoneSeconds:0.00} s; told {rounds[^1].Told}, not told {rounds[^1].NotTold}"));
                silos.Enqueue(await SiloProcess.StartAsync(plan));
            }

            Print(rounds, options);
            return 0;
        }
        finally
        {
            foreach (var silo in silos)
                silo.Dispose();
        }
    }

    /// <summary>Waits until the cluster consists of these silos, the last that was killed is out of it, and the client can reach it.</summary>
    private static async Task WhenAllAreInAsync(ExternalClient client, IEnumerable<SiloProcess> silos)
    {
        var expected = silos.Select(silo => silo.SiloPort).Order().ToList();
        var management = client.Grains.GetGrain<IManagementGrain>(0);
        var startedAt = Clock.Now;
        while (true)
        {
            var hosts = await management.GetHosts(onlyActive: true);
            if (hosts.Keys.Select(host => host.Endpoint.Port).Order().SequenceEqual(expected))
                return;
            if (Clock.Since(startedAt) > JoinPatience)
                throw new TimeoutException($"The cluster did not come to be the silos at ports {string.Join(", ", expected)}; it is {string.Join(", ", hosts.Keys)}.");
            await Clock.DelayAsync(PollDelay);
        }
    }

    private static void Print(List<CrashRound> rounds, CrashOptions options)
    {
        var table = new Table(
            $"{Environment.NewLine}{options.Rounds} crashes; {options.Waiters} waiters gave up within {options.Within.TotalSeconds:0.###} s before each. Seconds from the kill to the grant behind them.",
            "", "p50", "p99", "max");
        var crowd = AddRow(table, "behind those who gave up", rounds.Select(round => round.Seconds));
        AddRow(table, "without a crowd, same silo", rounds.Select(round => round.LoneSeconds));
        Console.WriteLine(table.ToText());
        Console.WriteLine($"Told before the kill that their wait was over: {rounds.Sum(round => round.Told)}; not told: {rounds.Sum(round => round.NotTold)}.");
        Console.WriteLine(Bar.Low("grant after the kill, behind those who gave up: p99, seconds", Statistics.Percentile(crowd, 0.99), BarSeconds));
    }

    private static List<double> AddRow(Table table, string name, IEnumerable<double> seconds)
    {
        List<double> sorted = [.. seconds.Order()];
        table.Add(name, Statistics.Percentile(sorted, 0.5), Statistics.Percentile(sorted, 0.99), sorted[^1]);
        return sorted;
    }
}
