namespace LockGrains.Benchmarks;

/// <summary>(i) Many read, and one writes now and then.</summary>
internal static class ReadMostlyCase
{
    private const string Ours = "client, external";
    private const string PubSub = "raw Redis, reader-writer lock, pub/sub";
    private const int BarReaders = 64;

    private static readonly int[] ReaderCounts = [1, 16, BarReaders];
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(200);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var main = await bench.GetMainAsync();
        ReaderWriterSubject[] subjects =
        [
            ReaderWriterSubject.Of(Ours, main.Client.Locks),
            RedisReaderWriter.Make(PubSub, bench.Raw, areWoken: true),
            RedisReaderWriter.Make("raw Redis, reader-writer lock, retry every 10 ms", bench.Raw, areWoken: false),
        ];
        var result = new CaseResult('i', "Readers and one writer of one key");
        var table = new Table(
            "",
            "", "readers", "reads/s", "writes/s", "read wait p50 ms", "p99 ms", "write wait p50 ms", "p99 ms", "max ms", "storage writes each", "bytes to Redis each",
            "reads/s / raw", "write wait p99 / raw");
        var plot = new LinePlot("Longest waits of a writer", "readers", "p99 of the writer's wait, ms");
        result.Tables.Add(table);
        result.Plots.Add(plot);
        foreach (var subject in subjects)
            await MeasureRoundAsync(bench, subject, "warm", BarReaders, bench.Options.WarmUp * 2);
        foreach (var readers in ReaderCounts)
        {
            var rounds = await MeasureAsync(bench, subjects, readers);
            foreach (var (name, own) in rounds)
                AddRow(table, plot, name, readers, own, rounds[PubSub]);
            if (readers == BarReaders)
                result.Bars.Add(Bar.Low("64 readers, p99 of the writer's wait: ours / reader-writer lock on Redis, pub/sub", RatioOfWriteWaits(rounds[Ours], rounds[PubSub]), 1 / 3.0));
        }

        result.Notes.Add("Each reader takes the lock, lets it go at once, and comes again. The writer comes again 10 ms after it let go.");
        result.Notes.Add("Raw: the reader-writer lock with pub/sub. Readers of that lock come in while others read, though a writer waits. Ours come in in the order of arrival.");
        result.Notes.Add("Who still waits at the end of the window counts with what it has waited by then. So a writer that never came in has a wait of the length of the window or more.");
        result.Notes.Add("Storage writes and bytes are of all that Redis did, over reads and writes together.");
        return result;
    }

    private static async Task<Dictionary<string, List<ReadMostlyRound>>> MeasureAsync(Bench bench, ReaderWriterSubject[] subjects, int readers)
    {
        var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<ReadMostlyRound>());
        for (var round = 0; round < bench.Options.Rounds; round++)
        {
            foreach (var subject in subjects)
                rounds[subject.Name].Add(await MeasureRoundAsync(bench, subject, $"{readers}/{round}", readers, bench.Options.Round * 1.5));
        }

        return rounds;
    }

    private static Task<ReadMostlyRound> MeasureRoundAsync(Bench bench, ReaderWriterSubject subject, string name, int readers, TimeSpan window) =>
        new ReadMostlyLoad(subject, $"reads/{name}/{Guid.NewGuid():N}", readers).RunAsync(bench.Redis, WarmUp, window);

    private static void AddRow(Table table, LinePlot plot, string name, int readers, List<ReadMostlyRound> own, List<ReadMostlyRound> raw)
    {
        var p99 = Statistics.Median(own.Select(round => round.WriteWaitP99));
        table.Add(
            name,
            readers,
            Statistics.Median(own.Select(round => round.ReadsPerSecond)),
            Statistics.Median(own.Select(round => round.WritesPerSecond)),
            Statistics.Median(own.Select(round => round.ReadWaitP50)),
            Statistics.Median(own.Select(round => round.ReadWaitP99)),
            Statistics.Median(own.Select(round => round.WriteWaitP50)),
            p99,
            own.Max(round => round.WriteWaitMax),
            Statistics.Median(own.Select(round => round.StorageWritesEach)),
            Statistics.Median(own.Select(round => round.BytesEach)),
            Statistics.MedianRatio(own.Select(round => round.ReadsPerSecond), raw.Select(round => round.ReadsPerSecond)),
            RatioOfWriteWaits(own, raw));
        plot.Add(name, readers, p99);
    }

    private static double RatioOfWriteWaits(List<ReadMostlyRound> own, List<ReadMostlyRound> raw) =>
        Statistics.MedianRatio(own.Select(round => round.WriteWaitP99), raw.Select(round => round.WriteWaitP99));
}
