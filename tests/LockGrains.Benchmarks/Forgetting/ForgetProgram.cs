using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>Whether keys that are used once go again: their records from the store, and their activations from memory.</summary>
internal static class ForgetProgram
{
    private const int HeldKeys = 100;

    // The locks that are held, and who the store is.
    private const int InUse = HeldKeys + 1;
    private const int WarmUpKeys = 2_000;

    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan OrphansPatience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    public static Task<int> RunAsync(IReadOnlyList<string> args) =>
        LoadProgram.RunAsync(() => ForgetOptions.Parse(args), static _ => SiloProcess.FindProgram(), RunScenarioAsync);

    private static async Task<int> RunScenarioAsync(ForgetOptions options)
    {
        await using var store = await RecordStore.StartAsync(options.Storage);
        await using var farm = new Farm(options, store);
        var isAsPromised = await (options.Scenario switch
        {
            "orphans" => RunOrphansAsync(options, farm),
            "soak" => new Soak(options, farm).RunAsync(),
            _ => RunKeysAsync(options, farm),
        });
        return isAsPromised ? 0 : 1;
    }

    private static async Task<bool> RunKeysAsync(ForgetOptions options, Farm farm)
    {
        var count = options.Keys ?? 100_000;
        await farm.StartSilosAsync(farm.Store.Silos);
        var locks = await farm.ConnectAsync();
        var held = await HoldAsync(locks);
        await new OneTimeKeys(locks, "warm").TakeAsync(WarmUpKeys);
        await Clock.DelayAsync(options.ForgetAfter + Margin);
        var inUse = await farm.Store.CountAsync();
        var (live, resident) = await farm.ReadMemoryAsync();
        Say($"start: records {Text(inUse)}, silos live {Mib(live)} MiB, resident {Mib(resident)} MiB");

        var keys = new OneTimeKeys(locks, "once");
        var startedAt = Clock.Now;
        await keys.TakeAsync(count);
        var took = Clock.Since(startedAt);
        var (liveFull, residentFull) = await farm.ReadMemoryAsync();
        Say($"taken and released: {keys.Taken:N0} keys ({keys.GivenUp} given up) at {count / took.TotalSeconds:N0}/s; records {Text(await farm.Store.CountAsync())}, "
            + $"store {Mib(await farm.Store.ReadSizeAsync())} MiB, silos live {Mib(liveFull)} MiB, resident {Mib(residentFull)} MiB");

        await Clock.DelayAsync(options.ForgetAfter + Margin);
        var left = await farm.Store.CountAsync();
        var (liveEnd, residentEnd) = await farm.ReadMemoryAsync();
        Say($"{options.ForgetAfter + Margin} later: records {Text(left)}, store {Mib(await farm.Store.ReadSizeAsync())} MiB, "
            + $"silos live {Mib(liveEnd)} MiB ({Percent(liveEnd, live)}), resident {Mib(residentEnd)} MiB ({Percent(residentEnd, resident)})");

        var (again, notLarger) = await keys.TakeAgainAsync();
        var lost = held.Count(handle => handle.HandleLostToken.IsCancellationRequested);
        Say($"taken again: {again:N0} of the keys, {notLarger} with a token that is not larger; {lost} of {HeldKeys} held locks lost");
        if (left is null)
        {
            await farm.EndSilosAsync();
            left = await farm.Store.CountAtRestAsync() - again;
            inUse = InUse;
            Say($"at rest: records {Text(left)} beside those that were taken again");
        }

        return left == inUse && notLarger == 0 && lost == 0 && liveEnd <= 1.2 * live;
    }

    private static async Task<bool> RunOrphansAsync(ForgetOptions options, Farm farm)
    {
        var count = options.Keys ?? 300_000;
        await farm.StartSilosAsync(1);
        var startedAt = Clock.Now;
        await new OneTimeKeys(await farm.ConnectAsync(), "orphan").TakeAsync(count);
        var took = Clock.Since(startedAt);
        var left = await farm.Store.CountAsync();
        Say($"taken and released: {count:N0} keys in {took.TotalSeconds:0} s; records {Text(left)}");

        await farm.StartSilosAsync(farm.Store.Silos - 1);
        var held = await HoldAsync(await farm.ConnectAsync());
        farm.KillFirst();
        startedAt = Clock.Now;
        while (left > InUse && Clock.Since(startedAt) < OrphansPatience)
        {
            await Clock.DelayAsync(Look);
            left = await farm.Store.CountAsync();
            if (Clock.Since(startedAt).TotalSeconds % 60 < Look.TotalSeconds)
                Say($"{Clock.Since(startedAt):mm\\:ss} after the kill: records {Text(left)}");
        }

        var (live, resident) = await farm.ReadMemoryAsync();
        Say($"{Clock.Since(startedAt):mm\\:ss} after the kill: records {Text(left)}, of which {InUse} are in use; "
            + $"silos live {Mib(live)} MiB, resident {Mib(resident)} MiB");
        return left == InUse && held.All(handle => !handle.HandleLostToken.IsCancellationRequested);
    }

    private static async Task<LockHandle[]> HoldAsync(ILockClient locks) =>
        await Task.WhenAll(Enumerable.Range(0, HeldKeys).Select(async index => await locks.AcquireAsync(string.Create(CultureInfo.InvariantCulture, $"held/{index}"))));

    private static void Say(string line) => Console.WriteLine(line);

    private static string Text(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "unknown while the silo runs";

    private static string Mib(long bytes) => (bytes / 1048576.0).ToString("N1", CultureInfo.InvariantCulture);

    private static string Percent(long now, long before) => (100.0 * now / before).ToString("0", CultureInfo.InvariantCulture) + " %";
}
