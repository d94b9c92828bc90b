namespace LockGrains.Benchmarks;

/// <summary>(e) What a pair and a hand-over cost: writes, bytes, messages, allocations, processor time.</summary>
internal static class CostCase
{
    private const int Contenders = 64;
    private const int Workers = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var main = await bench.GetMainAsync();
        await main.Silo.CountMessagesAsync();
        var ours = new ClientSubject("client, external", main.Client.Locks);
        var raw = new RedisRetrySubject("raw Redis", bench.Raw);
        var result = new CaseResult('e', "What a pair and a hand-over cost");
        var table = new Table(
            "For each pair, by one worker and by 256 on keys of their own, and for each hand-over with 64 contenders.",
            "", "storage writes", "bytes to Redis", "bytes appended", "silo messages", "silo bytes allocated", "client bytes allocated", "silo CPU us", "client CPU us", "Redis CPU us");
        var plot = new LinePlot("Processor time of a pair", "workers", "us per pair");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        var pairs = bench.Options.Quick ? 3_000 : 20_000;
        var pair = await MeasurePairsAsync(bench, main.Silo, ours, pairs);
        AddRow(table, $"pair, {ours.Name}", pair, pairs);
        var rawPair = await MeasurePairsAsync(bench, main.Silo, raw, pairs);
        AddRow(table, $"pair, {raw.Name}", rawPair, pairs);
        var (crowd, crowdPairs) = await MeasureCrowdAsync(bench, main.Silo, ours);
        AddRow(table, $"pair, 256 workers, {ours.Name}", crowd, crowdPairs);
        var (rawCrowd, rawCrowdPairs) = await MeasureCrowdAsync(bench, main.Silo, raw);
        AddRow(table, $"pair, 256 workers, {raw.Name}", rawCrowd, rawCrowdPairs);
        AddPoints(plot, ours.Name, 1, pair, pairs);
        AddPoints(plot, ours.Name, Workers, crowd, crowdPairs);
        AddPoints(plot, raw.Name, 1, rawPair, pairs);
        AddPoints(plot, raw.Name, Workers, rawCrowd, rawCrowdPairs);
        var (handOver, handOvers) = await MeasureHandOversAsync(bench, main.Silo, ours);
        AddRow(table, $"hand-over, {ours.Name}", handOver, handOvers);
        var (pubSub, pubSubHandOvers) = await MeasureHandOversAsync(bench, main.Silo, new RedisPubSubSubject("raw Redis, pub/sub", bench.Raw));
        AddRow(table, "hand-over, raw Redis, pub/sub", pubSub, pubSubHandOvers);
        result.Bars.Add(Bar.Low("storage writes per uncontended pair", Math.Round((double)pair.Redis.Writes / pairs, 2), 1.0));
        result.Bars.Add(Bar.Low("storage writes per hand-over, the queue's included", (double)handOver.Redis.Writes / handOvers, 1.1));
        result.Notes.Add("Redis itself counts the storage writes: scripts and SETs. Messages are what the silo sent, with replies and messages to itself. On the raw side the silo is idle. Bytes appended is - where Redis rewrote its file in the meantime.");
        return result;
    }

    private static async Task<Expense> MeasurePairsAsync(Bench bench, SiloProcess silo, ILockSubject subject, int pairs)
    {
        var key = $"cost/{Guid.NewGuid():N}";
        await PairLoad.CountAsync(subject, key, pairs / 10);
        var before = await Expense.ReadAsync(bench.Redis, silo);
        await PairLoad.CountAsync(subject, key, pairs);
        return (await Expense.ReadAsync(bench.Redis, silo)).Since(before);
    }

    private static async Task<(Expense Expense, int Pairs)> MeasureCrowdAsync(Bench bench, SiloProcess silo, ILockSubject subject)
    {
        await PairLoad.RunAsync(subject, Workers, bench.Options.Round);
        var before = await Expense.ReadAsync(bench.Redis, silo);
        var round = await PairLoad.RunAsync(subject, Workers, bench.Options.Round * 3);
        return ((await Expense.ReadAsync(bench.Redis, silo)).Since(before), round.Microseconds.Count);
    }

    private static async Task<(Expense Expense, int HandOvers)> MeasureHandOversAsync(Bench bench, SiloProcess silo, ILockSubject subject)
    {
        var load = new ContendedLoad(subject, $"cost/{Guid.NewGuid():N}", Contenders);
        try
        {
            await load.FillAsync(Patience);
            await load.MeasureAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(500));
            var before = await Expense.ReadAsync(bench.Redis, silo);
            var handOvers = load.HandOvers;
            await Clock.DelayAsync(bench.Options.Round * 3);
            handOvers = load.HandOvers - handOvers;
            return ((await Expense.ReadAsync(bench.Redis, silo)).Since(before), handOvers);
        }
        finally
        {
            await load.StopAsync(Patience);
        }
    }

    private static void AddPoints(LinePlot plot, string name, int workers, Expense expense, double count)
    {
        plot.Add($"{name}: in it", workers, expense.ClientTime.TotalMicroseconds / count);
        plot.Add($"{name}: Redis", workers, expense.Redis.ProcessorTime.TotalMicroseconds / count);

        // On the raw side what the silo spends is its idling.
        if (expense.Silo.MessagesSent > count)
            plot.Add($"{name}: silo", workers, expense.Silo.ProcessorTime.TotalMicroseconds / count);
    }

    private static void AddRow(Table table, string name, Expense expense, double count) => table.Add(
        name,
        expense.Redis.Writes / count,
        expense.Redis.BytesReceived / count,
        expense.Redis.AppendedBytes / count,
        expense.Silo.MessagesSent / count,
        expense.Silo.Allocated / count,
        expense.ClientAllocated / count,
        expense.Silo.ProcessorTime.TotalMicroseconds / count,
        expense.ClientTime.TotalMicroseconds / count,
        expense.Redis.ProcessorTime.TotalMicroseconds / count);
}
