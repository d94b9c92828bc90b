using System.Data;
using Npgsql;

namespace LockGrains.Fencing.Tests;

/// <summary>What is particular about PostgreSQL: readers that keep a writer away, isolation levels, rights, and sessions that hang.</summary>
public sealed class PostgresFencingTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    private const string Key = "orders/42";

    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reader_KeepsALaterWriterAwayUntilItEnds(bool aWriterWasThere)
    {
        var fences = await MakeTableAsync(aWriterWasThere ? 1 : null);
        await using var reader = await database.BeginAsync();
        await using var writer = await database.BeginAsync();
        await fences.PassAsync(reader.Transaction, Fence.ForReader(Key, 5));

        var pass = await database.StartWaitingAsync(writer, fences, Fence.ForWriter(Key, 6));
        Assert.False(pass.IsCompleted);
        await reader.CommitAsync();

        Assert.True(await pass.WithinPatienceAsync("writer behind a reader"));
    }

    [PostgresTheory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Reader_BesideTheFirstWriterOfAKey_WaitsForItAndIsComparedThen(bool commits, bool passes)
    {
        var fences = await MakeTableAsync(null);
        await using var writer = await database.BeginAsync();
        await using var reader = await database.BeginAsync();
        await fences.PassAsync(writer.Transaction, Fence.ForWriter(Key, 6));

        var pass = await database.StartWaitingAsync(reader, fences, Fence.ForReader(Key, 5));
        await (commits ? writer.CommitAsync() : writer.RollbackAsync());

        Assert.Equal(passes, await pass.WithinPatienceAsync("reader behind a writer"));
    }

    [PostgresFact]
    public async Task Readers_FirstOfAKey_TakeTurnsOnce()
    {
        var fences = await MakeTableAsync(null);
        await using var one = await database.BeginAsync();
        await using var other = await database.BeginAsync();
        await fences.PassAsync(one.Transaction, Fence.ForReader(Key, 6));

        var pass = await database.StartWaitingAsync(other, fences, Fence.ForReader(Key, 5));
        await one.CommitAsync();

        Assert.True(await pass.WithinPatienceAsync("reader behind the first one"));
        await using var third = await database.BeginAsync();
        await fences.PassAsync(third.Transaction, Fence.ForReader(Key, 7)).WithinPatienceAsync("reader beside another");
    }

    /// <summary>There the database itself knows that the transaction looks at an old state. That is its failure to report, and nobody's pass.</summary>
    [PostgresTheory]
    [InlineData(IsolationLevel.RepeatableRead, true, 8)]
    [InlineData(IsolationLevel.RepeatableRead, true, 6)]
    [InlineData(IsolationLevel.RepeatableRead, false, 8)]
    [InlineData(IsolationLevel.Serializable, true, 8)]
    [InlineData(IsolationLevel.Serializable, false, 6)]
    public async Task Snapshot_FromBeforeAnotherWriter_FailsToSerialize(IsolationLevel isolation, bool writes, long token)
    {
        var fences = await MakeTableAsync(1);
        var fence = writes ? Fence.ForWriter(Key, token) : Fence.ForReader(Key, token);
        await using (var late = await database.BeginAsync(isolation))
        {
            await late.AskAsync($"select count(*) from {fences.Name}");

            // Also one of the same token counts.
            await CommitAsync(fences, Fence.ForWriter(Key, 7));
            await CommitAsync(fences, Fence.ForWriter(Key, 7));
            var exception = await Assert.ThrowsAsync<PostgresException>(() => fences.TryPassAsync(late.Transaction, fence));
            Assert.Equal(PostgresErrorCodes.SerializationFailure, exception.SqlState);
        }

        await using var again = await database.BeginAsync(isolation);
        Assert.Equal(token >= 7, await fences.TryPassAsync(again.Transaction, fence));
    }

    [PostgresFact]
    public async Task Snapshot_FromBeforeAWriteOfTheSameToken_FailsToSerialize()
    {
        var fences = await MakeTableAsync(7);
        await using var late = await database.BeginAsync(IsolationLevel.RepeatableRead);
        await late.AskAsync($"select count(*) from {fences.Name}");

        await CommitAsync(fences, Fence.ForWriter(Key, 7));

        var exception = await Assert.ThrowsAsync<PostgresException>(() => fences.TryPassAsync(late.Transaction, Fence.ForWriter(Key, 7)));
        Assert.Equal(PostgresErrorCodes.SerializationFailure, exception.SqlState);
    }

    [PostgresFact]
    public async Task Holder_PausedInsideItsTransaction_IsEndedByTheServerAndKeepsNobodyAway()
    {
        var fences = await MakeTableAsync(1);
        var work = await Work.MakeAsync(database);
        await using var paused = await database.BeginAsync();
        await fences.PassAsync(paused.Transaction, Fence.ForWriter(Key, 7));
        await work.WriteAsync(paused, Fence.ForWriter(Key, 7));

        // It does nothing after this. The next holder waits for the server to end it.
        await paused.AskAsync("set local idle_in_transaction_session_timeout = '200ms'");
        await using var next = await database.BeginAsync();
        await fences.PassAsync(next.Transaction, Fence.ForWriter(Key, 8)).WithinPatienceAsync("writer behind a paused one");
        await work.WriteAsync(next, Fence.ForWriter(Key, 8));
        await next.CommitAsync();

        await Assert.ThrowsAnyAsync<NpgsqlException>(paused.CommitAsync);
        Assert.Equal([8], await work.ReadHistoryAsync(Key));
    }

    [PostgresFact]
    public async Task Waiting_Cancelled_EndsTheWaitAndLetsNobodyPass()
    {
        var fences = await MakeTableAsync(1);
        await using var one = await database.BeginAsync();
        await using var other = await database.BeginAsync();
        await fences.PassAsync(one.Transaction, Fence.ForWriter(Key, 7));
        using var cancel = new CancellationTokenSource();
        var pass = fences.TryPassAsync(other.Transaction, Fence.ForWriter(Key, 8), cancel.Token);
        await database.WhenBlockedAsync(other);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pass.WithinPatienceAsync("end of the wait"));
        await one.CommitAsync();
        await Assert.ThrowsAsync<PostgresException>(() => fences.TryPassAsync(other.Transaction, Fence.ForWriter(Key, 8)));
    }

    [PostgresFact]
    public async Task Rights_ThatThePageNames_AreEnoughAndNeeded()
    {
        var fences = await MakeTableAsync(1);
        var role = $"app_{Guid.NewGuid():N}";
        await AsSuperUserAsync($"create role {role} login password 'app'; grant select, insert, update on {fences.Name} to {role}");
        var asRole = new NpgsqlConnectionStringBuilder(database.Server.ConnectionString) { Username = role, Password = "app", Pooling = false }.ConnectionString;
        await using var connection = await PostgresDatabase.OpenAsync(asRole);

        // It may not create, and need not, where the table is there.
        await fences.CreateAsync(connection);
        var exception = await Assert.ThrowsAsync<PostgresException>(() => new FenceTable(FenceDialect.PostgreSql, "not_mine").CreateAsync(connection));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, exception.SqlState);

        await using var transaction = await connection.BeginTransactionAsync();
        await fences.PassAsync(transaction, Fence.ForWriter(Key, 7));
        await fences.PassAsync(transaction, Fence.ForReader(Key, 7));
        await fences.PassAsync(transaction, Fence.ForReader("new", 7));
        await transaction.CommitAsync();
    }

    [PostgresFact]
    public async Task Table_InASchema_IsThatOne()
    {
        await database.AskAsync("create schema if not exists app");
        var (inSchema, outside) = (new FenceTable(FenceDialect.PostgreSql, "app.fences"), new FenceTable(FenceDialect.PostgreSql, "fences"));
        await using var connection = await database.OpenAsync();
        await inSchema.CreateAsync(connection);
        await outside.CreateAsync(connection);

        await CommitAsync(inSchema, Fence.ForWriter(Key, 8));
        await CommitAsync(outside, Fence.ForWriter(Key, 7));

        Assert.Equal(8L, await database.AskAsync("select token from app.fences"));
    }

    /// <summary>A row that the table's own rules swallow is no pass.</summary>
    [PostgresTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Table_WithATriggerThatSwallowsRows_LetsNobodyPass(bool writes)
    {
        var fences = await MakeTableAsync(null);
        await database.AskAsync($"""
            create function swallow_{fences.Name}() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger swallow before insert or update on {fences.Name} for each row execute function swallow_{fences.Name}()
            """);
        await using var session = await database.BeginAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => fences.TryPassAsync(session.Transaction, writes ? Fence.ForWriter(Key, 7) : Fence.ForReader(Key, 7)));

        Assert.Contains("trigger or a policy", exception.Message, StringComparison.Ordinal);
    }

    private async Task<FenceTable> MakeTableAsync(long? token)
    {
        var fences = await database.NewTableAsync();
        if (token is { } before)
            await CommitAsync(fences, Fence.ForWriter(Key, before));
        return fences;
    }

    private async Task CommitAsync(FenceTable fences, Fence fence)
    {
        await using var session = await database.BeginAsync();
        await fences.PassAsync(session.Transaction, fence);
        await session.CommitAsync();
    }

    private async Task AsSuperUserAsync(string sql)
    {
        await using var connection = await PostgresDatabase.OpenAsync(database.Server.SuperUserConnectionString);
        await Session.AskAsync(connection, null, sql);
    }
}
