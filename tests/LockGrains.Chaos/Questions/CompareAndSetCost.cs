using System.Globalization;
using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>What a compare-and-set costs with and without the check of replies, and with each way of writing to disk.</summary>
internal sealed class CompareAndSetCost(StoreQuestions questions)
{
    private const int Concurrent = 50;

    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(4);
    private static readonly byte[] Record = new byte[300];

    public async Task AnswerAsync()
    {
        await questions.SayAsync($"| appendfsync | HighIntegrity | alone: p50 ms | p99 ms | {Concurrent} at once: p50 ms | p99 ms | writes/s |");
        await questions.SayAsync("|---|---|--:|--:|--:|--:|--:|");
        var server = await questions.Redis.ConnectAsync();
        foreach (var sync in (string[])["no", "everysec", "always"])
        {
            await server.ConfigSetAsync("appendfsync", sync);
            foreach (var highIntegrity in (bool[])[false, true])
                await MeasureAsync(sync, highIntegrity);
        }
    }

    private static async Task<List<double>> WriteAsync(IDatabase database, string key, long until)
    {
        var times = new List<double>();
        var etag = "";
        while (Clock.Now < until)
        {
            var next = Guid.NewGuid().ToString("N");
            var start = Clock.Now;
            if (!await CompareAndSet.RunAsync(database, key, etag, next, Record))
                throw new ChaosException("somebody else writes");
            times.Add((Clock.Now - start) / 1e6);
            etag = next;
        }

        return times;
    }

    private async Task MeasureAsync(string sync, bool highIntegrity)
    {
        await using var connection = await StoreQuestions.ConnectAsync(questions.Redis.EndPoint, highIntegrity);
        var database = connection.GetDatabase();
        await WriteAsync(database, $"warm-{Guid.NewGuid()}", Clock.Now + Clock.Nanoseconds(TimeSpan.FromSeconds(1)));
        var alone = await WriteAsync(database, $"alone-{Guid.NewGuid()}", Clock.Now + Clock.Nanoseconds(Stretch));
        var until = Clock.Now + Clock.Nanoseconds(Stretch);
        var together = (await Task.WhenAll(Enumerable.Range(0, Concurrent).Select(_ => WriteAsync(database, $"many-{Guid.NewGuid()}", until))))
            .SelectMany(times => times).ToList();
        await questions.SayAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"| {sync} | {(highIntegrity ? "on" : "off")} | {Percentile.Of(alone, 50):0.00} | {Percentile.Of(alone, 99):0.00} | {Percentile.Of(together, 50):0.00} | {Percentile.Of(together, 99):0.00} | {together.Count / Stretch.TotalSeconds:0} |"));
    }
}
