using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>How long a list of many live locks takes on three silos, and what it costs the locks beside it.</summary>
internal static class ListProgram
{
    private const int Silos = 3;
    private const int Workers = 64;
    private const int Rounds = 5;

    private static readonly TimeSpan PairsTime = TimeSpan.FromSeconds(5);

    public static Task<int> RunAsync(IReadOnlyList<string> args) =>
        LoadProgram.RunAsync(() => ListOptions.Parse(args), static _ => SiloProcess.FindProgram(), RunAsync);

    private static async Task<int> RunAsync(ListOptions options)
    {
        await using var store = await RecordStore.StartAsync("redis");
        await using var farm = new Farm(new ForgetOptions(), store);
        await farm.StartSilosAsync(Silos);
        var locks = await farm.ConnectAsync();
        var startedAt = Clock.Now;
        await TakeAsync(locks, options.Locks);
        Say($"{options.Locks:N0} locks taken in {Clock.Since(startedAt).TotalSeconds:0} s, on {Silos} silos");

        var isWhole = true;
        for (var round = 0; round < Rounds; round++)
        {
            startedAt = Clock.Now;
            var (count, pages, missing) = await ListAsync(locks);
            var took = Clock.Since(startedAt);
            isWhole &= count == options.Locks && missing == 0;
            Say($"list: {count:N0} locks in {pages} pages, {took.TotalMilliseconds:N0} ms, {took.TotalMilliseconds / pages:N1} ms a page, {missing} silos missing");
        }

        Say($"acquire and release beside it: {await CountPairsAsync(locks):N0} pairs/s");
        using var stop = new CancellationTokenSource();
        var watching = WatchAsync(locks, stop.Token);
        Say($"the same while all locks are watched: {await CountPairsAsync(locks):N0} pairs/s");
        await stop.CancelAsync();
        Say($"updates meanwhile: {await watching}");
        return isWhole ? 0 : 1;
    }

    private static async Task TakeAsync(ILockClient locks, int count) => await Parallel.ForEachAsync(
        Enumerable.Range(0, count),
        new ParallelOptions { MaxDegreeOfParallelism = Workers },
        async (index, stop) => await locks.AcquireAsync(
            string.Create(CultureInfo.InvariantCulture, $"listed/{index}"),
            options: new AcquireOptions { Lease = TimeSpan.FromHours(20), Renew = false },
            cancellationToken: stop));

    private static async Task<(int Count, int Pages, int Missing)> ListAsync(ILockClient locks)
    {
        var (count, pages, missing) = (0, 0, 0);
        await foreach (var page in locks.ListAsync("listed/"))
            (count, pages, missing) = (count + page.Locks.Length, pages + 1, page.SilosMissing.Length);
        return (count, pages, missing);
    }

    private static async Task<double> CountPairsAsync(ILockClient locks)
    {
        using var stop = new CancellationTokenSource(PairsTime, TimeProvider.System);
        var pairs = 0;
        var startedAt = Clock.Now;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await using (await locks.AcquireAsync(string.Create(CultureInfo.InvariantCulture, $"pair/{worker}")))
                    Interlocked.Increment(ref pairs);
            }
        })));
        return pairs / Clock.Since(startedAt).TotalSeconds;
    }

    private static async Task<int> WatchAsync(ILockClient locks, CancellationToken stop)
    {
        var updates = 0;
        try
        {
            await foreach (var _ in locks.WatchPrefixAsync("", stop))
                updates++;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }

        return updates;
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
