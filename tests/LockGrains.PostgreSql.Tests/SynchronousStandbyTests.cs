using Npgsql;

namespace LockGrains.PostgreSql.Tests;

/// <summary>
/// A write counts once the synchronous standby has it. PostgreSQL calls one that stopped waiting for it a success, with a warning: here
/// it is unknown, and so is what waits and is given up.
/// </summary>
public sealed class SynchronousStandbyTests : IAsyncLifetime
{
    private static readonly byte[] One = [1];
    private static readonly byte[] Two = [2];

    private readonly ManualTimeProvider _time = new();
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

    [PostgresTheory]
    [InlineData("create")]
    [InlineData("set")]
    [InlineData("delete")]
    public async Task Write_WhoseWaitIsCancelledByAnOperator_IsUnknownThoughPostgresCallsItDone(string operation)
    {
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        var before = operation == "create" ? null : (await store.CompareAndSetAsync(RecordName.Lock, null, One)).ETag;
        await _server.SetAsync("synchronous_standby_names", "nobody");

        var write = operation == "delete" ? store.CompareAndDeleteAsync(RecordName.Lock, before!) : store.CompareAndSetAsync(RecordName.Lock, before, Two);
        var waiting = await WaitForCommitAsync();
        await _server.ExecuteAsync($"select pg_cancel_backend({waiting})");

        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => write);
        Assert.Contains("canceling wait for synchronous replication", exception.Message, StringComparison.Ordinal);

        // It was called a success, and everybody who asks this server sees it: only the warning told.
        Assert.Equal(operation == "delete" ? 0 : 1, await _server.AskAsync<long>("select count(*) from lockgrains_records"));
        await Eventually.BecomesAsync(
            () => _server.AskAsync<long>($"select count(*) from pg_stat_activity where pid = {waiting}"), count => count == 0, "end of that connection");
    }

    [PostgresFact]
    public async Task Write_WithWarningsInAnotherLanguageOrToSessionsThatHideThem_IsNeverTakenForDone()
    {
        // The warning would not be sent at all: such a role is refused, and the session of one that is not asks for warnings itself.
        await _server.ExecuteAsync("alter role lockgrains set client_min_messages = error");
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString);
        await _server.SetAsync("synchronous_standby_names", "nobody");

        var write = locks.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, null, One);
        await _server.ExecuteAsync($"select pg_cancel_backend({await WaitForCommitAsync()})");

        await Assert.ThrowsAsync<PostgreSqlStoreException>(() => write);
    }

    [PostgresFact]
    public async Task Write_GivenUpByItsCaller_IsUnknownAndItsConnectionIsNotUsedAgain()
    {
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        await store.LoadAsync(RecordName.Lock);
        await _server.SetAsync("synchronous_standby_names", "nobody");
        using var giveUp = new CancellationTokenSource();

        var write = store.CompareAndSetAsync(RecordName.Lock, null, One, giveUp.Token);
        var waiting = await WaitForCommitAsync();
        await giveUp.CancelAsync();

        // Seen both: the connection ends first, or the server has called it a success, with its warning, before that.
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => write);
        Assert.True(exception is OperationCanceledException or PostgreSqlStoreException, exception.ToString());
        await _server.SetAsync("synchronous_standby_names", "");
        Assert.Equal(One, (await store.LoadAsync(RecordName.Lock)).Data.ToArray());
        await Eventually.BecomesAsync(
            () => _server.AskAsync<long>($"select count(*) from pg_stat_activity where pid = {waiting}"), count => count == 0, "end of that connection");
    }

    [PostgresFact]
    public async Task Write_LongerThanItsPatience_IsUnknownAndMayTurnOutDone()
    {
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString, timeProvider: _time);
        var store = locks.Open(LockSpace.Lock, "key");
        await _server.SetAsync("synchronous_standby_names", "nobody");

        var write = store.CompareAndSetAsync(RecordName.Lock, null, One);
        await WaitForCommitAsync();
        _time.Advance(Locks.LongerThanItsPatience);
        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => write);

        Assert.Contains("did not answer in time", exception.Message, StringComparison.Ordinal);
        await _server.SetAsync("synchronous_standby_names", "");
        await Eventually.BecomesAsync(async () => (await store.LoadAsync(RecordName.Lock)).ETag, etag => etag is not null, "record that was of unknown outcome");
    }

    [PostgresFact]
    public async Task Load_WithoutTheStandby_TellsNothing()
    {
        // Else a server that was replaced and does not know it would go on to confirm what it has.
        await using var locks = await Locks.PrepareAsync(_server.ConnectionString, timeProvider: _time);
        var store = locks.Open(LockSpace.Lock, "key");
        await store.CompareAndSetAsync(RecordName.Lock, null, One);
        await _server.SetAsync("synchronous_standby_names", "nobody");

        var load = store.LoadAsync(RecordName.Lock);
        await WaitForCommitAsync();
        _time.Advance(Locks.LongerThanItsPatience);
        await Assert.ThrowsAsync<PostgreSqlStoreException>(() => load);
    }

    [PostgresFact]
    public async Task Writes_WhileTheStandbyIsAway_LeaveNoSessionBehind()
    {
        await using var locks = await Locks.PrepareAsync($"{_server.ConnectionString};Command Timeout=600", timeProvider: _time);
        var store = locks.Open(LockSpace.Lock, "key");
        var etag = (await store.CompareAndSetAsync(RecordName.Lock, null, One)).ETag;
        await _server.SetAsync("synchronous_standby_names", "nobody");

        var writes = Enumerable.Range(0, 20).Select(_ => Assert.ThrowsAnyAsync<Exception>(WriteAsync)).ToList();
        await WaitForCommitAsync();
        await Eventually.BecomesAsync(() => CountActiveAsync(), count => count == 20, "twenty sessions that wait");
        _time.Advance(Locks.LongerThanItsPatience);
        await Task.WhenAll(writes);

        // Nothing else ends them, not within ten minutes. Twenty of these with every try would soon leave no connection to anybody.
        await Eventually.BecomesAsync(() => CountActiveAsync(), count => count == 0, "end of the sessions that were given up");

        Task<long> CountActiveAsync() => _server.AskAsync<long>("select count(*) from pg_stat_activity where usename = 'lockgrains' and state = 'active'");

        async Task WriteAsync()
        {
            // One of them is written and waits for the standby; the others wait for its row, and find another ETag once it is given up.
            if ((await store.CompareAndSetAsync(RecordName.Lock, etag, Two)).IsConflict)
                throw new InvalidOperationException("conflict");
        }
    }

    [PostgresFact]
    public async Task Failover_ToTheSynchronousStandby_HasEveryWriteThatWasTold()
    {
        await using var standby = await _server.StartStandbyAsync("second");
        await _server.SetAsync("synchronous_standby_names", "second");
        await Eventually.BecomesAsync(
            () => _server.AskAsync<long>("select count(*) from pg_stat_replication where sync_state = 'sync'"), count => count == 1, "synchronous standby");
        var both = new NpgsqlConnectionStringBuilder(_server.ConnectionString)
        {
            Host = $"127.0.0.1:{_server.Port},127.0.0.1:{standby.Port}",
            Timeout = 5,
            CommandTimeout = 5,
        };
        await using var locks = await Locks.PrepareAsync(both.ConnectionString);
        var told = new System.Collections.Concurrent.ConcurrentDictionary<string, (string ETag, byte[] Data)>();
        var load = Enumerable.Range(0, 8).Select(worker => Task.Run(() => WriteUntilUnknownAsync(worker))).ToArray();
        await Eventually.BecomesAsync(() => Task.FromResult(told.Values.Count(write => write.Data[0] > 20)), count => count == 8, "writes before the crash");

        await _server.KillAsync();
        await standby.PromoteAsync();
        await Task.WhenAll(load);

        foreach (var (key, write) in told)
        {
            var record = await LoadPatientlyAsync(locks.Open(LockSpace.Lock, key));

            // The write after the last that was told may be there too: it was of unknown outcome.
            Assert.True(record.ETag == write.ETag || record.Data.Span[0] == (byte)(write.Data[0] + 1), $"{key} lost a write that was told");
        }

        var store = locks.Open(LockSpace.Lock, "after");
        Assert.False((await store.CompareAndSetAsync(RecordName.Lock, null, One)).IsConflict);

        async Task WriteUntilUnknownAsync(int worker)
        {
            var store = locks.Open(LockSpace.Lock, $"key {worker}");
            string? etag = null;
            for (byte number = 0; ; number++)
            {
                try
                {
                    var write = await store.CompareAndSetAsync(RecordName.Lock, etag, new[] { number });
                    Assert.False(write.IsConflict);
                    etag = write.ETag;
                    told[$"key {worker}"] = (write.ETag!, [number]);
                    if (number == 250)
                        return;
                }
                catch (PostgreSqlStoreException)
                {
                    return;
                }
            }
        }
    }

    [PostgresFact]
    public async Task OldPrimary_AfterItsStandbyWasPromoted_ConfirmsNothingAnyMore()
    {
        // Nobody has told the old one: two servers that take themselves for the primary. Only the new one can be believed.
        await using var standby = await _server.StartStandbyAsync("second");
        await _server.SetAsync("synchronous_standby_names", "second");
        await using var onOld = await Locks.PrepareAsync(_server.ConnectionString, timeProvider: _time);
        var old = onOld.Open(LockSpace.Lock, "key");
        var before = await old.CompareAndSetAsync(RecordName.Lock, null, One);
        await standby.PromoteAsync();
        await using var onNew = Locks.Make(standby.ConnectionString, onOld.Service);
        await standby.SetAsync("synchronous_standby_names", "");
        var write = await onNew.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, before.ETag, Two);

        Assert.False(write.IsConflict);
        foreach (var call in new Func<Task>[] { () => old.LoadAsync(RecordName.Lock), () => old.CompareAndSetAsync(RecordName.Lock, before.ETag, One) })
        {
            var asked = call();
            await WaitForCommitAsync();
            _time.Advance(Locks.LongerThanItsPatience);
            await Assert.ThrowsAsync<PostgreSqlStoreException>(() => asked);
        }
    }

    private static async Task<StoredRecord> LoadPatientlyAsync(ILockStore store)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await store.LoadAsync(RecordName.Lock);
            }
            catch (PostgreSqlStoreException) when (tries < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }
        }
    }

    /// <summary>The session that waits for the standby.</summary>
    private async Task<int> WaitForCommitAsync() => await Eventually.BecomesAsync(
        () => _server.AskAsync<int>("select coalesce(max(pid), 0) from pg_stat_activity where wait_event = 'SyncRep' and usename = 'lockgrains'"),
        process => process != 0,
        "commit that waits for the standby");
}
