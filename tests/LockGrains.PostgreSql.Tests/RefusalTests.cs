using Npgsql;

namespace LockGrains.PostgreSql.Tests;

/// <summary>What would weaken a promise, or cannot work, is refused in one line that names it, its value and the remedy; never a password.</summary>
public sealed class RefusalTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private PostgresServer Server => fixture.Server;

    [PostgresFact]
    public async Task Server_WithoutFsync_IsRefusedAlsoBetweenTwoWrites()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var locks = await Locks.PrepareAsync(server.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        var write = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });

        foreach (var setting in new[] { "fsync", "full_page_writes" })
        {
            await server.SetAsync(setting, "off");

            AssertLine(await Locks.FindProblemAsync(server.ConnectionString), $"{setting} = off", $"Set {setting} = on");
            Assert.Equal(await locks.FindProblemAsync(), await Locks.FindProblemAsync(server.ConnectionString));

            // The connection of before is still there; its write comes back as unknown, and the next one is not even begun.
            await Assert.ThrowsAsync<PostgreSqlStoreException>(() => store.CompareAndSetAsync(RecordName.Lock, write.ETag, new byte[] { 2 }));
            var next = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => store.LoadAsync(RecordName.Lock));
            Assert.Contains($"{setting} = off", next.Message, StringComparison.Ordinal);

            await server.SetAsync(setting, "on");
            write = new StoreWrite(false, (await store.LoadAsync(RecordName.Lock)).ETag);
        }
    }

    [PostgresTheory]
    [InlineData("synchronous_commit", "off", "synchronous_commit = off")]
    [InlineData("synchronous_commit", "local", "synchronous_commit = local")]
    [InlineData("default_transaction_read_only", "on", "default_transaction_read_only = on")]
    public async Task Role_WithASettingThatLosesWrites_IsRefused(string setting, string value, string named)
    {
        var role = await MakeRoleAsync();
        Assert.Null(await Locks.FindProblemAsync(role));
        await Server.ExecuteAsync($"alter role {NameOf(role)} set {setting} = '{value}'");

        AssertLine(await Locks.FindProblemAsync(role), named, "Set it to");
    }

    [PostgresFact]
    public async Task RemoteWrite_WithANamedStandby_IsRefused_AndWithoutIsFine()
    {
        await using var server = await PostgresServer.StartAsync("synchronous_commit=remote_write");
        Assert.Null(await Locks.FindProblemAsync(server.ConnectionString));
        await using var locks = Locks.Make(server.ConnectionString);
        var store = locks.Open(LockSpace.Lock, "key");
        var first = await store.CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 });
        await using var standby = await server.StartStandbyAsync("second");
        await server.SetAsync("synchronous_standby_names", "second");

        AssertLine(await Locks.FindProblemAsync(server.ConnectionString), "synchronous_commit = remote_write", "remote_apply");
        await Assert.ThrowsAsync<PostgreSqlStoreException>(() => store.CompareAndSetAsync(RecordName.Lock, first.ETag, new byte[] { 2 }));
    }

    [PostgresFact]
    public async Task Standby_IsRefusedByName()
    {
        await using var primary = await PostgresServer.StartAsync();
        Assert.Null(await Locks.FindProblemAsync(primary.ConnectionString));
        await using var standby = await primary.StartStandbyAsync("second");

        AssertLine(await Locks.FindProblemAsync(standby.ConnectionString), "is a standby", "Host=a,b");
        await using var locks = Locks.Make(standby.ConnectionString);
        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => locks.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock));
        Assert.Contains("is a standby", exception.Message, StringComparison.Ordinal);

        // With both named, the primary is found, in whichever order.
        var both = new NpgsqlConnectionStringBuilder(primary.ConnectionString) { Host = $"127.0.0.1:{standby.Port},127.0.0.1:{primary.Port}" };
        Assert.Null(await Locks.FindProblemAsync(both.ConnectionString));
        await using var onBoth = Locks.Make(both.ConnectionString);
        Assert.False((await onBoth.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 })).IsConflict);
    }

    [PostgresTheory]
    [InlineData("select")]
    [InlineData("insert")]
    [InlineData("update")]
    [InlineData("delete")]
    public async Task Role_WithoutARightOnTheTable_IsRefusedWithThatRight(string right)
    {
        await PrepareTablesAsync();
        var role = await MakeRoleAsync(mayCreate: false);
        await Server.ExecuteAsync($"grant select, insert, update, delete on lockgrains_records to {NameOf(role)}; grant select on lockgrains_schema to {NameOf(role)}");
        Assert.Null(await Locks.FindProblemAsync(role));
        await Server.ExecuteAsync($"revoke {right} on lockgrains_records from {NameOf(role)}");

        AssertLine(await Locks.FindProblemAsync(role), $"{right.ToUpperInvariant()} is missing", $"grant {right.ToUpperInvariant()} on lockgrains_records to {NameOf(role)}");
        await using var locks = Locks.Make(role);
        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => locks.Open(LockSpace.Lock, "key").LoadAsync(RecordName.Lock));
        Assert.Contains($"{right.ToUpperInvariant()} is missing", exception.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Role_ThatMayNotCreateTables_IsRefusedWithWhatToGrantOrRun()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync($"create role plain login password '{Plain}'");
        var connection = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "plain", Password = Plain }.ConnectionString;

        AssertLine(await Locks.FindProblemAsync(connection), "the role 'plain'", "Grant it CREATE", "records.sql");
        AssertLine(await Locks.FindProblemAsync(connection, mayCreate: false), "records.sql", "CreateSchema");
        Assert.Equal(0, await server.AskAsync<long>("select count(*) from pg_class where relname like 'lockgrains%'"));
    }

    [PostgresFact]
    public async Task Role_WithoutUseOfTheSchema_IsRefusedWithThatRight()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.ExecuteAsync("create schema apart authorization lockgrains; alter role lockgrains in database lockgrains set search_path = apart");
        Assert.Null(await Locks.FindProblemAsync(server.ConnectionString));
        await server.ExecuteAsync($"create role plain login password '{Plain}'; alter role plain set search_path = apart");
        var connection = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Username = "plain", Password = Plain }.ConnectionString;

        AssertLine(await Locks.FindProblemAsync(connection), "lacks USAGE", "grant usage on schema apart to plain");
    }

    [PostgresTheory]
    [InlineData("alter table lockgrains_records set unlogged", "unlogged")]
    [InlineData("alter table lockgrains_records enable row level security; alter table lockgrains_records force row level security", "row level security")]
    [InlineData("alter table lockgrains_records rename to r; create view lockgrains_records as select * from r", "no ordinary table")]
    [InlineData("update lockgrains_schema set version = 2", "made by a newer version")]
    [InlineData("delete from lockgrains_schema", "version 0")]
    public async Task Table_ThatIsNotAsItWasMade_IsRefused(string spoil, string named)
    {
        await using var server = await PostgresServer.StartAsync();
        Assert.Null(await Locks.FindProblemAsync(server.ConnectionString));
        await server.ExecuteAsync($"set role lockgrains; {spoil}");

        AssertLine(await Locks.FindProblemAsync(server.ConnectionString), named);
    }

    [PostgresFact]
    public async Task Table_WithoutItsKey_NeverTakesASecondCreate()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var locks = await Locks.PrepareAsync(server.ConnectionString);
        await server.ExecuteAsync("alter table lockgrains_records drop constraint lockgrains_records_pkey");

        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => locks.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, null, new byte[] { 1 }));

        Assert.Contains("no unique or exclusion constraint", exception.Message, StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData("Host=no-such-host.invalid", true, "no-such-host.invalid:")]
    [InlineData("Port=1", true, "127.0.0.1:1")]
    [InlineData("Password=wrong", false, "password authentication failed")]
    [InlineData("Username=nobody", false, "password authentication failed")]
    [InlineData("Database=nowhere", false, "\"nowhere\" does not exist")]
    public async Task Connection_ThatCannotBeMade_IsToldInOneLine(string changed, bool mayPass, string named)
    {
        var exception = await Assert.ThrowsAsync<PostgreSqlStoreException>(() => Locks.FindProblemAsync($"{Server.ConnectionString};Timeout=5;{changed}"));

        AssertLine(exception.Message, named, "PostgreSQL at ");
        Assert.Equal(mayPass, exception.MayPass);
    }

    [PostgresFact]
    public async Task Schema_MadeByTenAtOnce_IsMadeOnce()
    {
        await using var server = await PostgresServer.StartAsync();

        var problems = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => Locks.FindProblemAsync(server.ConnectionString))));
        Assert.All(problems, Assert.Null);
        Assert.Equal(1, await server.AskAsync<long>("select count(*) from lockgrains_schema"));

        // Once it is there, a role that may create nothing can start.
        await server.ExecuteAsync("revoke create on schema public from pg_database_owner");
        Assert.Null(await Locks.FindProblemAsync(server.ConnectionString));
    }

    private const string Plain = "plain secret";

    private static void AssertLine(string? line, params string[] parts)
    {
        Assert.NotNull(line);
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    private static string NameOf(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString).Username!;

    private async Task PrepareTablesAsync() => Assert.Null(await Locks.FindProblemAsync(Server.ConnectionString));

    /// <summary>A role of one test's own, with or without a schema of its own to create in.</summary>
    private async Task<string> MakeRoleAsync(bool mayCreate = true)
    {
        var name = $"role_{Guid.NewGuid():N}";
        await Server.ExecuteAsync($"create role {name} login password '{Plain}'");
        if (mayCreate)
            await Server.ExecuteAsync($"create schema authorization {name}");
        return new NpgsqlConnectionStringBuilder(Server.ConnectionString) { Username = name, Password = Plain }.ConnectionString;
    }
}
