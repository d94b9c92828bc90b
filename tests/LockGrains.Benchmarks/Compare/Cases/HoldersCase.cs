using LockGrains.Core;

namespace LockGrains.Benchmarks;

/// <summary>(k) Several hold one key: what their record weighs, and what it costs to let those in who wait side by side.</summary>
internal static class HoldersCase
{
    private const string Ours = "client, external";
    private const string PubSub = "raw Redis, reader-writer lock, pub/sub";
    private const int Permits = 1_000;
    private const int WarmUpReaders = 64;
    private const int WarmUpRounds = 3;

    private static readonly int[] HolderCounts = [1, 16, 256, 1_000];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollDelay = TimeSpan.FromMilliseconds(20);

    // What came is written to the queue a little later, and is none of the grants' doing.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(600);

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var result = new CaseResult('k', "Several holders of one key");
        result.Tables.Add(WeighRecords());
        result.Notes.Add("A record: its bytes as a grant or a renewal writes them, with an owner's label of 11 bytes and the 16 requests that ended last.");
        await MeasureAsync(bench, result);
        result.Notes.Add("Let in: one holds exclusively and lets go when all readers wait. Storage writes and bytes are those of Redis, by its own count, from then to the last reader's grant. Nothing is renewed here.");
        result.Notes.Add("Raw: each reader of the reader-writer lock runs a script of its own, and the release is one more.");
        return result;
    }

    private static Table WeighRecords()
    {
        var table = new Table("Bytes of the lock record, which each grant and renewal writes.", "", "holders", "bytes", "bytes per holder", "bytes / mutex");
        var none = BytesOf(LockStates.SharedBy(0));
        var mutex = BytesOf(LockStates.HeldWith(waiters: 0));
        Add("exclusive", 1, mutex);
        foreach (var holders in HolderCounts)
            Add("shared", holders, BytesOf(LockStates.SharedBy(holders)));
        foreach (var holders in HolderCounts)
            Add($"permits of {Permits:#,0}", holders, BytesOf(LockStates.SharedBy(holders, Permits)));
        return table;

        void Add(string name, int holders, int bytes) => table.Add(name, holders, bytes, (bytes - none) / (double)holders, bytes / (double)mutex);
    }

    private static int BytesOf(LockState state) => RecordCodec.Encode(LockStates.RecordOf(state)).Length;

    private static async Task MeasureAsync(Bench bench, CaseResult result)
    {
        var main = await bench.GetMainAsync();
        ReaderWriterSubject[] subjects =
        [
            ReaderWriterSubject.Of(Ours, main.Client.Locks, renews: false),
            RedisReaderWriter.Make(PubSub, bench.Raw, areWoken: true),
        ];
        var table = new Table(
            "Readers that wait side by side, let in by one release.",
            "", "readers", "storage writes", "bytes to Redis", "ms until all hold", "writes / raw", "bytes / raw", "ms / raw");
        result.Tables.Add(table);
        var writesMax = 0.0;
        for (var round = 0; round < WarmUpRounds; round++)
        {
            foreach (var subject in subjects)
                await LetInAsync(bench, subject, WarmUpReaders);
        }

        foreach (var readers in HolderCounts)
        {
            var rounds = subjects.ToDictionary(subject => subject.Name, _ => new List<LetIn>());
            for (var round = 0; round < bench.Options.Rounds; round++)
            {
                foreach (var subject in subjects)
                    rounds[subject.Name].Add(await LetInAsync(bench, subject, readers));
            }

            foreach (var (name, own) in rounds)
                AddRow(table, name, readers, own, rounds[PubSub]);
            writesMax = Math.Max(writesMax, Statistics.Median(rounds[Ours].Select(round => round.Writes)));
        }

        result.Bars.Add(Bar.Low("storage writes that let in all readers who wait side by side, 1 to 1,000", writesMax, 1));
    }

    private static async Task<LetIn> LetInAsync(Bench bench, ReaderWriterSubject subject, int readers)
    {
        var key = $"let-in/{readers}/{Guid.NewGuid():N}";
        using var giveUp = new CancellationTokenSource();
        var writer = await subject.Writers.AcquireAsync(key, CancellationToken.None);
        var waiting = Enumerable.Range(0, readers).Select(_ => subject.Readers.AcquireAsync(key, giveUp.Token).AsTask()).ToArray();
        try
        {
            await WhenAllWaitAsync(subject, key, readers);
            await Clock.DelayAsync(Settling);
            var before = await bench.Redis.ReadCountersAsync();
            var startedAt = Clock.Now;
            await subject.Writers.ReleaseAsync(writer);
            var holds = await Task.WhenAll(waiting).WaitAsync(Patience, TimeProvider.System);
            var elapsed = Clock.Since(startedAt);
            var spent = (await bench.Redis.ReadCountersAsync()).Since(before);
            await Task.WhenAll(holds.Select(hold => subject.Readers.ReleaseAsync(hold).AsTask()));
            return new LetIn(spent.Writes, spent.BytesReceived, elapsed.TotalMilliseconds);
        }
        finally
        {
            await giveUp.CancelAsync();
        }
    }

    private static async Task WhenAllWaitAsync(ReaderWriterSubject subject, string key, int readers)
    {
        var startedAt = Clock.Now;
        while ((await subject.Readers.CountWaitingAsync(key) ?? readers) is var waiting && waiting < readers)
        {
            if (Clock.Since(startedAt) > Patience)
                throw new TimeoutException($"{subject.Name}: only {waiting} of {readers} waited after {Patience.TotalSeconds:0} s.");
            await Clock.DelayAsync(PollDelay);
        }
    }

    private static void AddRow(Table table, string name, int readers, List<LetIn> own, List<LetIn> raw)
    {
        table.Add(
            name,
            readers,
            Median(round => round.Writes),
            Median(round => round.Bytes),
            Median(round => round.Milliseconds),
            Ratio(round => round.Writes),
            Ratio(round => round.Bytes),
            Ratio(round => round.Milliseconds));

        double Median(Func<LetIn, double> figure) => Statistics.Median(own.Select(figure));

        double Ratio(Func<LetIn, double> figure) => Statistics.MedianRatio(own.Select(figure), raw.Select(figure));
    }

    /// <summary>What it took to let in all who waited.</summary>
    /// <param name="Writes">Storage writes.</param>
    /// <param name="Bytes">Bytes to Redis.</param>
    /// <param name="Milliseconds">From the beginning of the release to the last grant.</param>
    private sealed record LetIn(double Writes, double Bytes, double Milliseconds);
}
