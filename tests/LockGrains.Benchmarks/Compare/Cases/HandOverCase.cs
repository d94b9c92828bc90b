namespace LockGrains.Benchmarks;

/// <summary>(c) What a hand-over costs at any length of the queue; and what a waiter weighs.</summary>
internal static class HandOverCase
{
    private const string Ours = "client, external";
    private const string PubSub = "raw Redis, pub/sub";
    private const string Retry = "raw Redis, retry every 10 ms";
    private const int WeighedAt = 10_000;

    private static readonly int[] ComparedCounts = [10, 100, 1_000, 5_000];
    private static readonly int[] OwnCounts = [10_000, 100_000];
    private static readonly TimeSpan WriteDelay = TimeSpan.FromMilliseconds(500);

    // Who waits is told its place after 4 s, and comes back once; what comes later, comes rarely.
    private static readonly TimeSpan FirstSlice = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FillPatience = TimeSpan.FromSeconds(40);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var rows = new HandOverRows();
        var result = new CaseResult('c', "A hand-over, by the length of the queue");
        await WarmUpAsync(bench);
        foreach (var waiters in ComparedCounts.Intersect(bench.Options.Waiters))
        {
            for (var round = 0; round < (bench.Options.Quick ? 2 : bench.Options.Rounds); round++)
            {
                var main = await bench.GetMainAsync();
                rows.Add(waiters, await MeasureAsync(bench, new ClientSubject(Ours, main.Client.Locks), waiters));
                rows.Add(waiters, await MeasureAsync(bench, new RedisPubSubSubject(PubSub, bench.Raw), waiters));
                rows.Add(waiters, await MeasureAsync(bench, new RedisRetrySubject(Retry, bench.Raw), waiters));
            }
        }

        foreach (var waiters in OwnCounts.Intersect(bench.Options.Waiters))
        {
            var main = await bench.GetMainAsync();
            rows.Add(waiters, await MeasureAsync(bench, new ClientSubject(Ours, main.Client.Locks), waiters));
            await bench.EndMainAsync();
        }

        rows.AddTo(result);
        AddBars(result.Bars, rows);
        result.Notes.AddRange(rows.Problems);
        result.Notes.Add("Each contender releases the lock when the holder before it has queued again. It queues again itself when the next one has the lock. So the queue keeps its length.");
        result.Notes.Add("With 100,000 the window opens when all know their place and have called again, and the lock has gone round for 5 s. So contenders that queued again meanwhile call again in the window, too.");
        result.Notes.Add("The column us each is the time of the window over its hand-overs. The gap is the time from the beginning of a release to the next grant, as the two clients see it.");
        return result;
    }

    // As in case (b): else the shortest queue, which comes first, pays for the compiler, and the ratios to it flatter the longer ones.
    private static async Task WarmUpAsync(Bench bench)
    {
        var main = await bench.GetMainAsync();
        ILockSubject[] subjects = [new ClientSubject(Ours, main.Client.Locks), new RedisPubSubSubject(PubSub, bench.Raw), new RedisRetrySubject(Retry, bench.Raw)];
        foreach (var subject in subjects)
        {
            var load = new ContendedLoad(subject, $"handover/warm/{Guid.NewGuid():N}", 64, inTurn: true);
            await load.FillAsync(FillPatience);
            await load.MeasureAsync(TimeSpan.Zero, bench.Options.WarmUp * 2);
            await load.StopAsync(FillPatience);
        }
    }

    private static async Task<HandOverRow> MeasureAsync(Bench bench, ILockSubject subject, int waiters)
    {
        var main = await bench.GetMainAsync();
        var isOurs = subject.Name == Ours;
        var load = new ContendedLoad(subject, $"handover/{waiters}/{Guid.NewGuid():N}", waiters, inTurn: true);
        try
        {
            var before = isOurs ? (await main.Silo.ReadLiveAsync()).Heap : 0;
            var fill = await load.FillAsync(FillPatience);

            // What came in the fill is written a little later, and is none of the hand-overs' doing.
            // And all come back once, as fast as they came: they, too, are the fill, and not the hand-overs.
            await Clock.DelayAsync(waiters > WeighedAt ? FirstSlice + (fill * 2) : WriteDelay);
            var weight = isOurs ? ((await main.Silo.ReadLiveAsync()).Heap - before) / (double)waiters : double.NaN;
            var counters = await bench.Redis.ReadCountersAsync();
            var handOvers = load.HandOvers;

            // Those who come again come back once as well. With so many, they do not all have their turn before.
            var warmUp = waiters > WeighedAt ? FirstSlice : TimeSpan.FromMilliseconds(300);
            var round = await load.MeasureAsync(warmUp, bench.Options.Round * (waiters > WeighedAt ? 5 : 1.5));
            var spent = (await bench.Redis.ReadCountersAsync()).Since(counters);
            return new HandOverRow(subject.Name, round, fill, weight, spent, load.HandOvers - handOvers);
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or LockUnavailableException)
        {
            // To break down under so many is a finding, too.
            return new HandOverRow(subject.Name, null, TimeSpan.Zero, double.NaN, null, 0) { Problem = exception.Message };
        }
        finally
        {
            await load.StopAsync(TimeSpan.FromSeconds(waiters > WeighedAt ? 0.1 : 20));
        }
    }

    private static void AddBars(List<Bar> bars, HandOverRows rows)
    {
        foreach (var waiters in ComparedCounts)
        {
            bars.Add(Bar.Low($"hand-over with {waiters:#,0} waiters: ours / pub/sub form", rows.Ratio(waiters, Ours, PubSub), 1.3));
            bars.Add(Bar.Low($"hand-over with {waiters:#,0} waiters: ours / retry loop", rows.Ratio(waiters, Ours, Retry), 1 / 20.0));
        }

        var shortest = rows.Each(10, Ours);
        bars.Add(Bar.Low("hand-over: with 10,000 waiters / with 10", rows.Each(10_000, Ours) / shortest, 1.3));
        bars.Add(Bar.Low("hand-over: with 100,000 waiters / with 10", rows.Each(100_000, Ours) / shortest, 2));
        var bytes = OwnCounts.Concat(ComparedCounts).Select(waiters => rows.BytesEach(waiters, Ours)).ToList();
        bars.Add(Bar.Low("storage bytes per hand-over: most / least, from 10 to 10,000 waiters", bytes[0] / rows.BytesEach(10, Ours), 1.25));
        bars.Add(Bar.Low("silo memory per waiter (10,000 waiters), KiB", rows.Weight(WeighedAt, Ours) / 1024, 2));
    }
}
