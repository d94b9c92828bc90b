namespace LockGrains.PostgreSql.Tests;

/// <summary>Through PgBouncer, also where every transaction may meet another session.</summary>
public sealed class BouncerTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [BouncerFact]
    public Task Transactions_SharedByManyThroughThreeSessions_HaveOneWinnerEach() => RaceAsync("transaction", poolSize: 3);

    [BouncerFact]
    public Task Sessions_OneForEachConnection_HaveOneWinnerEach() => RaceAsync("session", poolSize: 60);

    [BouncerFact]
    public async Task Write_CancelledBehindIt_IsUnknown()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var bouncer = await PgBouncer.StartAsync(server, "transaction", poolSize: 3);
        await using var locks = await Locks.PrepareAsync(bouncer.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        await store.LoadAsync(RecordName.Lock);
        await server.SetAsync("synchronous_standby_names", "nobody");

        var write = store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });
        var process = await Eventually.BecomesAsync(
            () => server.AskAsync<int>("select coalesce(max(pid), 0) from pg_stat_activity where wait_event = 'SyncRep'"), pid => pid != 0, "commit that waits");
        await server.ExecuteAsync($"select pg_cancel_backend({process})");

        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => write);
        Assert.Contains("canceling wait for synchronous replication", exception.Message, StringComparison.Ordinal);
    }

    [BouncerFact]
    public async Task Setting_ThatLosesWritesOnAServerBehindIt_IsNoticedByTheNextWrite()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var bouncer = await PgBouncer.StartAsync(server, "transaction", poolSize: 3);
        await using var locks = await Locks.PrepareAsync(bouncer.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        var first = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });
        await server.ExecuteAsync("alter role lockgrains set synchronous_commit = off");
        await server.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'lockgrains'");

        // Its connection to PgBouncer goes on; the session behind it is another one.
        await Eventually.BecomesAsync(() => TryAsync(store, first.ETag), message => message?.Contains("synchronous_commit = off", StringComparison.Ordinal) == true, "refusal");
        AssertRefused(await locks.FindProblemAsync());

        static void AssertRefused(string? problem) => Assert.Contains("synchronous_commit = off", problem, StringComparison.Ordinal);
    }

    private static async Task<string?> TryAsync(ILockStore store, string? etag)
    {
        try
        {
            await store.CompareAndSetAsync(RecordName.Lock, etag, new byte[] { 2 });
            return null;
        }
        catch (PostgreSqlStoreException exception)
        {
            return exception.Message;
        }
    }

    private async Task RaceAsync(string mode, int poolSize)
    {
        await using var bouncer = await PgBouncer.StartAsync(fixture.Server, mode, poolSize);
        await using var locks = await Locks.PrepareAsync($"{bouncer.ConnectionString};Maximum Pool Size=24");
        string? etag = null;
        for (var round = 0; round < 50; round++)
        {
            var before = etag;
            var writes = await Task.WhenAll(Enumerable.Range(0, 24).Select(contender => Task.Run(() =>
                locks.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, before, new[] { (byte)contender }))));
            var winner = Assert.Single(writes.Index(), write => !write.Item.IsConflict);
            var record = await locks.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock);
            Assert.Equal((winner.Item.ETag, (byte)winner.Index), (record.ETag, record.Data.Span[0]));
            etag = record.ETag;
        }

        await locks.Open(LockSpace.Lock, "key").CompareAndDeleteAsync(RecordName.Lock, etag!);
        Assert.Empty(await locks.ListAsync(LockSpace.Lock).ToListAsync());
    }
}
