namespace LockGrains.Fencing.Tests;

/// <summary>
/// Many holders, live and stale, at the database at once. Whatever they do, the resource takes no write with a token smaller than one that was
/// committed before, and no reader sees half of a write.
/// </summary>
public abstract class FenceStoryContract(FenceDatabase database, int seeds, int workers, int transactions)
{
    private static readonly string[] Keys = ["a", "b"];

    private readonly long[] _granted = new long[Keys.Length];
    private int _refused;
    private int _passed;

    [ContractFact]
    public async Task Transactions_ManyAtOnce_NoWriteComesAfterOneOfALargerToken()
    {
        await RandomStory.HoldsAsync(seeds, TellAsync);

        // Else the story tells nothing.
        Assert.True(_passed > seeds * workers, $"Only {_passed} passed.");
        Assert.True(_refused > seeds, $"Only {_refused} were refused.");
    }

    private async Task TellAsync(Random random)
    {
        var (fences, work) = (await database.NewTableAsync(), await Work.MakeAsync(database));
        Array.Clear(_granted);
        var plans = Enumerable.Range(0, workers).Select(_ => new Random(random.Next())).ToList();
        await Task.WhenAll(plans.Select(plan => Task.Run(() => RunWorkerAsync(plan, fences, work)))).WithinPatienceAsync("end of all workers");

        foreach (var (key, index) in Keys.Select((key, index) => (key, index)))
        {
            var history = await work.ReadHistoryAsync(key);
            Assert.Equal(history.Order(), history);
            await using var last = await database.BeginAsync();
            var latest = history.Count == 0 ? 0 : history[^1];
            Assert.Equal([latest, latest], await work.ReadCellsAsync(last, key));
        }
    }

    private async Task RunWorkerAsync(Random plan, FenceTable fences, Work work)
    {
        // A token that it does not replace in time is, to the table, that of a holder that was paused.
        var held = new long[Keys.Length];
        for (var count = 0; count < transactions; count++)
        {
            var key = plan.Next(Keys.Length);
            if (held[key] == 0 || plan.Chance(0.4))
                held[key] = Interlocked.Increment(ref _granted[key]);
            var fence = plan.Chance(0.3) ? Fence.ForReader(Keys[key], held[key]) : Fence.ForWriter(Keys[key], held[key]);
            await using var session = await database.BeginAsync();
            if (!await fences.TryPassAsync(session.Transaction, fence))
            {
                Interlocked.Increment(ref _refused);
                continue;
            }

            Interlocked.Increment(ref _passed);
            var cells = await work.ReadCellsAsync(session, fence.Key);
            Assert.Equal(cells[0], cells[1]);
            Assert.InRange(cells[0], 0, fence.Token);
            if (fence.Advances)
                await work.WriteAsync(session, fence);
            if (plan.Chance(0.8))
                await session.CommitAsync();
        }
    }
}

/// <summary>Few: SQLite lets one write at a time, and its driver looks again only every 150 ms.</summary>
public sealed class WalFenceStoryTests(WalDatabase database) : FenceStoryContract(database, seeds: 4, workers: 3, transactions: 15), IClassFixture<WalDatabase>;

[NeedsPostgres]
public sealed class PostgresFenceStoryTests(PostgresDatabase database) : FenceStoryContract(database, seeds: 20, workers: 6, transactions: 20), IClassFixture<PostgresDatabase>;
