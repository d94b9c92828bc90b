namespace LockGrains.PostgreSql.Tests;

/// <summary>One server for all tests that only keep records in it.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server => _server ?? throw new InvalidOperationException("PostgreSQL was not started.");

    public async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _server = await PostgresServer.StartAsync("max_connections=200");
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>Providers for tests.</summary>
internal static class Locks
{
    /// <summary>A provider whose tables are there.</summary>
    public static async Task<PostgreSqlLocks> PrepareAsync(string connectionString, string? service = null, TimeProvider? timeProvider = null)
    {
        var locks = Make(connectionString, service, timeProvider: timeProvider);
        Assert.Null(await locks.PrepareAsync());
        return locks;
    }

    public static PostgreSqlLocks Make(string connectionString, string? service = null, bool mayCreate = true, TimeProvider? timeProvider = null) => new(
        new PostgreSqlLockOptions { ConnectionString = connectionString, CreateSchema = mayCreate },
        service ?? $"test-{Guid.NewGuid():N}",
        timeProvider ?? TimeProvider.System);

    /// <summary>More than a provider waits for an answer, whatever its connection string says.</summary>
    public static TimeSpan LongerThanItsPatience { get; } = TimeSpan.FromHours(1);

    /// <summary>What a provider finds wrong, made from a connection string.</summary>
    public static async Task<string?> FindProblemAsync(string connectionString, bool mayCreate = true)
    {
        await using var locks = Make(connectionString, mayCreate: mayCreate);
        return await locks.PrepareAsync();
    }
}
