using System.Data.Common;

namespace LockGrains.Fencing.Tests;

/// <summary>What a fence table promises, whatever the database: who passes, who is refused, and that the work goes with the check.</summary>
public abstract class FenceTableContract(FenceDatabase database) : IAsyncLifetime
{
    private const string Key = "orders/42";

    private FenceTable _fences = null!;
    private Work _work = null!;

    public async Task InitializeAsync()
    {
        _fences = await database.NewTableAsync();
        _work = await Work.MakeAsync(database);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [ContractFact]
    public async Task Holder_PausedPastItsLease_IsRefusedAndItsWorkRolledBack()
    {
        var (first, second) = (Fence.ForWriter(Key, 7), Fence.ForWriter(Key, 8));
        await CommitAsync(first);
        await CommitAsync(second);

        // The first wakes up, and does not look at its lock. Its transaction has work in it before it meets the table.
        await using (var late = await database.BeginAsync())
        {
            await _work.WriteAsync(late, first);
            var exception = await Assert.ThrowsAsync<StaleFenceException>(() => _fences.PassAsync(late.Transaction, first));
            Assert.Equal(first, exception.Fence);
            Assert.Equal(8, exception.Seen);
        }

        Assert.Equal([7, 8], await _work.ReadHistoryAsync(Key));
        await using var reader = await database.BeginAsync();
        Assert.Equal([8, 8], await _work.ReadCellsAsync(reader, Key));
    }

    [ContractFact]
    public async Task Holder_ThatWritesManyTimes_PassesEachTime()
    {
        for (var time = 0; time < 3; time++)
            await CommitAsync(Fence.ForWriter(Key, 7));
        await using var twice = await database.BeginAsync();
        await _fences.PassAsync(twice.Transaction, Fence.ForWriter(Key, 7));
        await _fences.PassAsync(twice.Transaction, Fence.ForReader(Key, 7));
        await _fences.PassAsync(twice.Transaction, Fence.ForWriter(Key, 7));
        await twice.CommitAsync();
    }

    [ContractFact]
    public async Task Token_FromOneToTheLargest_IsKeptExactly()
    {
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 1)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, Fence.TokenMax - 1)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, Fence.TokenMax)));
        Assert.False(await TryCommitAsync(Fence.ForWriter(Key, Fence.TokenMax - 1)));
    }

    [ContractFact]
    public async Task Refused_CommitsAllTheSame_ChangesNothingInTheTable()
    {
        await CommitAsync(Fence.ForWriter(Key, 8));
        await using (var stale = await database.BeginAsync())
        {
            Assert.False(await _fences.TryPassAsync(stale.Transaction, Fence.ForWriter(Key, 7)));
            Assert.False(await _fences.TryPassAsync(stale.Transaction, Fence.ForReader(Key, 7)));
            await stale.CommitAsync();
        }

        Assert.Equal(8, await TokenInTableAsync());
    }

    [ContractFact]
    public async Task RolledBack_IsAsIfItHadNotBeen()
    {
        await CommitAsync(Fence.ForWriter(Key, 5));
        await using (var aborted = await database.BeginAsync())
        {
            await _fences.PassAsync(aborted.Transaction, Fence.ForWriter(Key, 9));
            await _work.WriteAsync(aborted, Fence.ForWriter(Key, 9));
            await aborted.RollbackAsync();
        }

        await using (var forgotten = await database.BeginAsync())
            await _fences.PassAsync(forgotten.Transaction, Fence.ForWriter(Key, 9));

        Assert.Equal(5, await TokenInTableAsync());
        await CommitAsync(Fence.ForWriter(Key, 6));
        Assert.Equal([5, 6], await _work.ReadHistoryAsync(Key));
    }

    [ContractFact]
    public Task SecondWriter_OfALargerToken_WaitsForTheFirstAndPasses() => SecondWaitsAsync(first: 7, second: 8, commits: true, passes: true);

    [ContractFact]
    public Task SecondWriter_OfASmallerToken_WaitsForTheFirstAndIsRefused() => SecondWaitsAsync(first: 8, second: 7, commits: true, passes: false);

    [ContractFact]
    public Task SecondWriter_OfASmallerToken_PassesWhenTheFirstRolledBack() => SecondWaitsAsync(first: 8, second: 7, commits: false, passes: true);

    [ContractFact]
    public async Task SecondWriter_OfASmallerToken_FirstOneOfTheKey_IsRefused()
    {
        // Another row is there, and so is the table; that of this key is not.
        await CommitAsync(Fence.ForWriter("another", 9));
        await SecondWaitsAsync(first: 8, second: 7, commits: true, passes: false, before: null);
    }

    [ContractFact]
    public async Task Readers_AreComparedAndDoNotAdvance()
    {
        Assert.True(await TryCommitAsync(Fence.ForReader(Key, 9)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 8)));
        Assert.True(await TryCommitAsync(Fence.ForReader(Key, 8)));
        Assert.True(await TryCommitAsync(Fence.ForReader(Key, 10)));
        Assert.False(await TryCommitAsync(Fence.ForReader(Key, 7)));
        Assert.Equal(8, await TokenInTableAsync());
    }

    [ContractFact]
    public async Task Reader_OfAHoldThatIsOver_IsToldWhatWasSeen()
    {
        await CommitAsync(Fence.ForWriter(Key, 9));
        await using var late = await database.BeginAsync();

        var exception = await Assert.ThrowsAsync<StaleFenceException>(() => _fences.PassAsync(late.Transaction, Fence.ForReader(Key, 8)));

        Assert.Equal((Fence.ForReader(Key, 8), 9), (exception.Fence, exception.Seen));
    }

    [ContractFact]
    public async Task Readers_TwoAtATime_NeverRefuseOrKeepEachOther()
    {
        await CommitAsync(Fence.ForWriter(Key, 4));
        await using var one = await database.BeginAsync();
        await using var other = await database.BeginAsync();

        await _fences.PassAsync(one.Transaction, Fence.ForReader(Key, 5));
        await _fences.PassAsync(other.Transaction, Fence.ForReader(Key, 6)).WithinPatienceAsync("reader beside another");
        await _fences.PassAsync(one.Transaction, Fence.ForReader(Key, 5)).WithinPatienceAsync("reader beside another");

        Assert.Equal([4, 4], await _work.ReadCellsAsync(one, Key));
        await other.CommitAsync();
        await one.CommitAsync();
    }

    [ContractFact]
    public async Task Readers_BeforeAnyWriter_Pass()
    {
        Assert.True(await TryCommitAsync(Fence.ForReader(Key, 6)));
        Assert.True(await TryCommitAsync(Fence.ForReader(Key, 5)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 1)));
    }

    [ContractFact]
    public async Task Permits_EachNumber_IsFencedByItself()
    {
        // Two holders side by side: the one of the smaller token is alive.
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 9, number: 1)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 8, number: 0)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 7)));

        Assert.False(await TryCommitAsync(Fence.ForWriter(Key, 8, number: 1)));
        Assert.False(await TryCommitAsync(Fence.ForReader(Key, 7, number: 0)));
        Assert.True(await TryCommitAsync(Fence.ForWriter($"{Key}#1", 2)));
        Assert.True(await TryCommitAsync(Fence.ForWriter(Key, 3, number: int.MaxValue)));
    }

    [ContractFact]
    public async Task Keys_ThatLookAlike_AreNeverOne()
    {
        string[] keys = ["a", "A", "a ", " a", "é", "e\u0301", "ａ", "a/", "1", "01", "1.0", "🔒", "%", "a'b", "a\"b", "@key"];
        for (var index = 0; index < keys.Length; index++)
            Assert.True(await TryCommitAsync(Fence.ForWriter(keys[index], 100 - index)), keys[index]);
        for (var index = 0; index < keys.Length; index++)
            Assert.False(await TryCommitAsync(Fence.ForWriter(keys[index], 99 - index)), keys[index]);
    }

    [ContractFact]
    public async Task Key_OfTheLongest_IsKept()
    {
        var key = string.Concat(Enumerable.Repeat("🔒", 128));
        Assert.True(await TryCommitAsync(Fence.ForWriter(key, 2)));
        Assert.False(await TryCommitAsync(Fence.ForWriter(key, 1)));
    }

    [ContractFact]
    public async Task Transaction_ThatIsOver_IsRefusedAtOnceAndNothingIsWritten()
    {
        await using var committed = await database.BeginAsync();
        await committed.CommitAsync();
        await using var rolledBack = await database.BeginAsync();
        await rolledBack.RollbackAsync();
        await using var disposed = await database.BeginAsync();
        await disposed.Transaction.DisposeAsync();
        await using var closed = await database.BeginAsync();
        await closed.Connection.CloseAsync();

        foreach (var session in new[] { committed, rolledBack, disposed, closed })
        {
            foreach (var fence in new[] { Fence.ForWriter(Key, 7), Fence.ForReader(Key, 7) })
            {
                Assert.Throws<ArgumentException>("transaction", () => { _ = _fences.TryPassAsync(session.Transaction, fence); });
                Assert.Throws<ArgumentException>("transaction", () => { _ = _fences.PassAsync(session.Transaction, fence); });
            }
        }

        Assert.Null(await TokenInTableAsync());
    }

    [ContractFact]
    public async Task Fence_Null_IsRefusedAtOnce()
    {
        await using var session = await database.BeginAsync();

        Assert.Throws<ArgumentNullException>("fence", () => { _ = _fences.TryPassAsync(session.Transaction, null!); });
        Assert.Throws<ArgumentNullException>("fence", () => { _ = _fences.PassAsync(session.Transaction, null!); });
    }

    [ContractFact]
    public async Task Table_ThatIsNotThere_LetsNobodyPass()
    {
        var missing = new FenceTable(database.Dialect, "never_created");
        await using var writer = await database.BeginAsync();
        await using var reader = await database.BeginAsync();

        await Assert.ThrowsAnyAsync<DbException>(() => missing.TryPassAsync(writer.Transaction, Fence.ForWriter(Key, 7)));
        await Assert.ThrowsAnyAsync<DbException>(() => missing.TryPassAsync(reader.Transaction, Fence.ForReader(Key, 7)));
    }

    [ContractFact]
    public async Task Table_OfTheOtherDialect_LetsNobodyPass()
    {
        var wrong = new FenceTable(database.Dialect == FenceDialect.Sqlite ? FenceDialect.PostgreSql : FenceDialect.Sqlite, _fences.Name);
        await using var writer = await database.BeginAsync();

        await Assert.ThrowsAnyAsync<DbException>(() => wrong.TryPassAsync(writer.Transaction, Fence.ForWriter(Key, 7)));
    }

    [ContractFact]
    public async Task Cancelled_BeforeItBegins_LetsNobodyPass()
    {
        await using var session = await database.BeginAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _fences.TryPassAsync(session.Transaction, Fence.ForWriter(Key, 7), new CancellationToken(canceled: true)));
    }

    [ContractFact]
    public async Task Create_OfATableThatIsThere_KeepsItsTokens()
    {
        await CommitAsync(Fence.ForWriter(Key, 8));
        await using var connection = await database.OpenAsync();

        await _fences.CreateAsync(connection);
        await Session.AskAsync(connection, null, _fences.CreateScript);

        Assert.False(await TryCommitAsync(Fence.ForWriter(Key, 7)));
    }

    [ContractFact]
    public async Task Create_ManyAtOnce_CreatesOnce()
    {
        for (var round = 0; round < 5; round++)
        {
            var fences = new FenceTable(database.Dialect, $"at_once_{Guid.NewGuid():N}");
            using var together = new Barrier(8);
            await Task.WhenAll(Enumerable.Range(0, together.ParticipantCount).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    using var connection = database.OpenAsync().GetAwaiter().GetResult();
                    Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(1)), "Not all of them opened a connection.");
                    fences.CreateAsync(connection).GetAwaiter().GetResult();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            await using var session = await database.BeginAsync();
            await fences.PassAsync(session.Transaction, Fence.ForWriter(Key, 7));
        }
    }

    [ContractFact]
    public async Task Tables_OfWordsOfSqlAndUpperCase_AreApart()
    {
        foreach (var (name, token) in new[] { ("select", 9L), ("Order", 8L), ("lock_fences", 7L) })
        {
            var fences = new FenceTable(database.Dialect, name);
            await using var session = await database.BeginAsync();
            await fences.CreateAsync(session.Connection);
            await fences.PassAsync(session.Transaction, Fence.ForWriter(Key, token));
            await session.CommitAsync();
        }
    }

    private async Task SecondWaitsAsync(long first, long second, bool commits, bool passes, long? before = 1)
    {
        if (before is { } token)
            await CommitAsync(Fence.ForWriter(Key, token));
        await using var one = await database.BeginAsync();
        await using var other = await database.BeginAsync();
        await _fences.PassAsync(one.Transaction, Fence.ForWriter(Key, first));
        await _work.WriteAsync(one, Fence.ForWriter(Key, first));

        var pass = await database.StartWaitingAsync(other, _fences, Fence.ForWriter(Key, second));
        Assert.False(pass.IsCompleted);
        await (commits ? one.CommitAsync() : one.RollbackAsync());

        Assert.Equal(passes, await pass.WithinPatienceAsync("writer behind another"));

        // It sees what the first left.
        Assert.Equal(commits ? first : before ?? 0, (await _work.ReadCellsAsync(other, Key))[0]);
        if (passes)
            await _work.WriteAsync(other, Fence.ForWriter(Key, second));
        await (passes ? other.CommitAsync() : other.RollbackAsync());
        long[] expected = [.. before is { } earlier ? [earlier] : Array.Empty<long>(), .. commits ? [first] : Array.Empty<long>(), .. passes ? [second] : Array.Empty<long>()];
        Assert.Equal(expected, await _work.ReadHistoryAsync(Key));
    }

    private async Task CommitAsync(Fence fence) => Assert.True(await TryCommitAsync(fence), $"{fence} was refused.");

    private async Task<bool> TryCommitAsync(Fence fence)
    {
        await using var session = await database.BeginAsync();
        if (!await _fences.TryPassAsync(session.Transaction, fence))
            return false;
        if (fence.Advances)
            await _work.WriteAsync(session, fence);
        await session.CommitAsync();
        return true;
    }

    private async Task<long?> TokenInTableAsync() => await database.AskAsync($"select token from {_fences.Name} where key = '{Key}' and number = -1") as long?;
}

public sealed class WalFenceTableTests(WalDatabase database) : FenceTableContract(database), IClassFixture<WalDatabase>;

public sealed class JournalFenceTableTests(JournalDatabase database) : FenceTableContract(database), IClassFixture<JournalDatabase>;

[NeedsPostgres]
public sealed class PostgresFenceTableTests(PostgresDatabase database) : FenceTableContract(database), IClassFixture<PostgresDatabase>;
