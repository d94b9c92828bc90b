using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace LockGrains.PostgreSql.Tests;

/// <summary>The server crashes, and connections break in the worst moments: what was told is there, and what is not known is not told.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private PostgresServer _server = null!;

    public async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [PostgresFact]
    public async Task Wait_ForAConnectionInVain_LeavesThoseThatAreOpen()
    {
        await using var locks = await Locks.PrepareAsync($"{_server.ImpatientConnectionString};Maximum Pool Size=1;Timeout=10;Command Timeout=600");
        var busy = locks.Open(LockSpace.Lock, "busy");
        var first = await busy.CompareAndSetAsync(RecordName.Lock, null, new byte[1]);
        await using var other = new NpgsqlConnection(_server.SuperUserConnectionString);
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("select from lockgrains_records for update", other, transaction))
            await hold.ExecuteNonQueryAsync();
        var write = busy.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[2]);
        var session = await Eventually.BecomesAsync(
            () => _server.AskAsync<int>($"select coalesce(max(pid), 0) from pg_stat_activity where usename = '{PostgresServer.Role}' and wait_event_type = 'Lock'"),
            id => id != 0,
            "write that waits for the row");

        var inVain = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => locks.Open(LockSpace.Lock, "idle").LoadAsync(RecordName.Lock));
        await transaction.RollbackAsync();
        Assert.False((await write).IsConflict);
        await busy.LoadAsync(RecordName.Lock);

        Assert.True(inVain.MayPass);
        Assert.Equal(1, await _server.AskAsync<long>($"select count(*) from pg_stat_activity where pid = {session}"));
    }

    [Fact]
    public async Task Connect_OfManyAtOnce_IsDoneByAFewAtATime()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var locks = Locks.Make($"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=nobody;Database=nowhere;Timeout=1;Command Timeout=1");

        var inVain = Enumerable.Range(0, 40).Select(number => locks.Open(LockSpace.Lock, $"key {number}").LoadAsync(RecordName.Lock)).ToList();
        foreach (var load in inVain)
            await Assert.ThrowsAsync<PostgreSqlStoreException>(() => load);

        // None of them was accepted yet: all that came wait here.
        var came = 0;
        for (; silent.Pending(); came++)
            silent.AcceptSocket().Dispose();
        Assert.InRange(came, 1, 16);
    }

    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Crash_UnderALoadOfWrites_KeepsEveryWriteThatWasTold(bool isStop)
    {
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString);
        var told = new ConcurrentDictionary<int, (string ETag, int Number)>();
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(0, 16).Select(worker => Task.Run(() => WriteAsync(worker))).ToArray();
        for (var crash = 1; crash <= 3; crash++)
        {
            var goal = told.Values.Sum(write => write.Number) + 500;
            await Eventually.BecomesAsync(() => Task.FromResult(told.Values.Sum(write => write.Number)), sum => sum > goal, "writes before the crash");
            await (isStop ? _server.StopImmediatelyAsync() : _server.KillAsync());
            await _server.RestartAsync();
        }

        await done.CancelAsync();
        await Task.WhenAll(load);

        async Task WriteAsync(int worker)
        {
            var store = locks.Open(LockSpace.Lock, $"worker {worker}");
            string? etag = null;
            for (var number = 1; !done.IsCancellationRequested; number++)
            {
                try
                {
                    var write = await store.CompareAndSetAsync(RecordName.Lock, etag, BitConverter.GetBytes(number));
                    Assert.False(write.IsConflict);
                    etag = write.ETag;
                    told[worker] = (etag!, number);
                }
                catch (PostgreSqlStoreException)
                {
                    // What is found there is known from now on: the next crash must not take it away either.
                    var found = await FindOutAsync(store, told.GetValueOrDefault(worker), number);
                    etag = found.ETag;
                    if (etag is not null)
                        told[worker] = (etag, found.Number);
                }
            }
        }
    }

    [PostgresFact]
    public async Task ReplyLost_InTheMiddleOfAWrite_IsUnknownAndWasDone()
    {
        await using var proxy = new TcpProxy(_server.Port);
        await using var locks = await Locks.PrepareAsync(Through(proxy));
        var store = locks.Open(LockSpace.Lock, "key");
        var first = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });
        await store.CompareAndSetAsync(RecordName.QueueSlot(0), null, new byte[] { 1 });
        var second = await store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 2 });

        proxy.LoseReplies(1);
        await Assert.ThrowsAsync<PostgreSqlStoreException>(() => store.CompareAndSetAsync(RecordName.Lock, second.ETag, new byte[] { 3 }));

        var record = await store.LoadAsync(RecordName.Lock);
        Assert.Equal(3, record.Data.Span[0]);
        Assert.NotEqual(second.ETag, record.ETag);
    }

    [PostgresFact]
    public async Task Connections_DroppedWhileIdle_CostOneUnknownAndNoMore()
    {
        await using var proxy = new TcpProxy(_server.Port);
        await using var locks = await Locks.PrepareAsync(Through(proxy));
        var store = locks.Open(LockSpace.Lock, "key");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(slot => store.CompareAndSetAsync(RecordName.QueueSlot(slot), null, new byte[] { 1 })));

        proxy.DropAll();
        var failures = 0;
        for (var tries = 0; tries < 20; tries++)
        {
            try
            {
                await store.LoadAsync(RecordName.QueueSlot(0));
            }
            catch (PostgreSqlStoreException)
            {
                failures++;
            }
        }

        // Eight connections were open. The first that fails is the last of them that is tried.
        Assert.InRange(failures, 0, 1);
    }

    [PostgresFact]
    public async Task Replies_ThatComeLate_AreUnknownAndNeverMetByTheNextCommand()
    {
        await using var proxy = new TcpProxy(_server.Port);
        var time = new ManualTimeProvider();
        await using var locks = await Locks.PrepareAsync($"{Through(proxy)};Maximum Pool Size=1", timeProvider: time);
        var store = locks.Open(LockSpace.Lock, "key");
        var first = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });

        first = await store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 1 });

        proxy.HoldReplies();
        var late = store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 2 });
        await Eventually.BecomesAsync(() => _server.AskAsync<long>("select count(*) from lockgrains_records where data = '\\x02'"), count => count == 1, "write");
        time.Advance(Locks.LongerThanItsPatience);
        await Assert.ThrowsAsync<PostgreSqlStoreException>(() => late);
        proxy.ReleaseReplies();

        // What comes now belongs to a connection that is gone.
        var record = await Eventually.BecomesAsync(() => TryLoadAsync(store), record => record.ETag is not null, "answer of a new connection");
        Assert.Equal(2, record.Data.Span[0]);
        Assert.True((await store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 3 })).IsConflict);
    }

    [PostgresFact]
    public async Task Backup_PutBack_TakesNoETagOfWhatWasWrittenSince()
    {
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        var first = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });
        var putBack = await _server.BackUpAsync();
        var second = await Eventually.BecomesAsync(() => TryWriteAsync(store, first.ETag), write => write is not null, "write after the copy");

        await putBack();
        var record = await Eventually.BecomesAsync(() => TryLoadAsync(store), found => found.ETag is not null, "record of the copy");
        Assert.Equal(first.ETag, record.ETag);
        Assert.True((await store.CompareAndSetAsync(RecordName.Lock, second!.Value.ETag, new byte[] { 3 })).IsConflict);

        // The same write again, as a counter would number it: it has another ETag than the one that was lost.
        var again = await store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 2 });
        Assert.False(again.IsConflict);
        Assert.NotEqual(second.Value.ETag, again.ETag);
        Assert.True((await store.CompareAndSetAsync(RecordName.Lock, second.Value.ETag, new byte[] { 3 })).IsConflict);
    }

    [PostgresFact]
    public async Task Server_ThatHangs_IsUnknownWithinTheTimeoutsAndServesOnAfterwards()
    {
        var time = new ManualTimeProvider();
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString, timeProvider: time);
        var store = locks.Open(LockSpace.Lock, "key");
        var first = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });

        _server.Pause();
        Task[] asked = [store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 2 }), store.LoadAsync(RecordName.Lock)];
        time.Advance(Locks.LongerThanItsPatience);
        foreach (var call in asked)
            await Assert.ThrowsAsync<PostgreSqlStoreException>(() => call);
        _server.Resume();

        await Eventually.BecomesAsync(() => TryLoadAsync(store), record => record.ETag is not null, "answer after the hang");
    }

    [PostgresFact]
    public async Task Connections_AreAllTaken_IsToldAsSuch()
    {
        await using var server = await PostgresServer.StartAsync("max_connections=8", "superuser_reserved_connections=4");
        await using var locks = await Locks.PrepareAsync(server.ConnectionString);
        await using var hoard = NpgsqlDataSource.Create(server.ConnectionString);
        var taken = new List<NpgsqlConnection>();
        for (var number = 0; number < 4; number++)
            taken.Add(await hoard.OpenConnectionAsync());

        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => locks.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock));

        Assert.Contains("53300", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.MayPass);
        foreach (var connection in taken)
            await connection.DisposeAsync();
    }

    private static async Task<StoreWrite?> TryWriteAsync(ILockStore store, string? etag)
    {
        try
        {
            var write = await store.CompareAndSetAsync(RecordName.Lock, etag, new byte[] { 2 });
            return write.IsConflict ? throw new InvalidOperationException("Nobody else writes here.") : write;
        }
        catch (PostgreSqlStoreException)
        {
            return null;
        }
    }

    private static async Task<StoredRecord> TryLoadAsync(ILockStore store)
    {
        try
        {
            return await store.LoadAsync(RecordName.Lock);
        }
        catch (PostgreSqlStoreException)
        {
            return default;
        }
    }

    /// <summary>After an unknown write: what is there is that write, or the last one that was told.</summary>
    private static async Task<(string? ETag, int Number)> FindOutAsync(ILockStore store, (string ETag, int Number) told, int tried)
    {
        StoredRecord? found = null;
        await Eventually.BecomesAsync(
            async () =>
            {
                try
                {
                    found = await store.LoadAsync(RecordName.Lock);
                    return true;
                }
                catch (PostgreSqlStoreException)
                {
                    return false;
                }
            },
            isThere => isThere,
            "server after the crash");
        var number = found!.Value.ETag is null ? 0 : BitConverter.ToInt32(found.Value.Data.Span);
        Assert.True(number == tried || found.Value.ETag == told.ETag, $"write {told.Number} was told and {tried} was tried; {number} is there");
        return (found.Value.ETag, number);
    }

    private string Through(TcpProxy proxy) => new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Port = proxy.Port }.ConnectionString;
}
