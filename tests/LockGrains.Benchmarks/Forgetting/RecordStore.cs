using Microsoft.Data.Sqlite;

namespace LockGrains.Benchmarks;

/// <summary>A store of a run, and what is in it by its own count.</summary>
internal abstract class RecordStore : IAsyncDisposable
{
    /// <summary>What a silo is told to use it.</summary>
    public abstract SiloStorage Silo { get; }

    /// <summary>Silos that share it.</summary>
    public virtual int Silos => 3;

    public static async Task<RecordStore> StartAsync(string name) => name switch
    {
        "redis" => new RedisRecords(await RedisServer.StartAsync()),
        "postgres" => new PostgresRecords(await PostgresServer.StartAsync("max_connections=300")),
        _ => new SqliteRecords(),
    };

    /// <summary>Records of locks and of their queues. Null where the silo has the store for itself.</summary>
    public abstract Task<long?> CountAsync();

    /// <summary>Bytes of memory or of disk that they take.</summary>
    public abstract Task<long> ReadSizeAsync();

    /// <summary>As <see cref="CountAsync"/>, when all silos have ended.</summary>
    public virtual Task<long?> CountAtRestAsync() => CountAsync();

    public abstract ValueTask DisposeAsync();

    private sealed class RedisRecords(RedisServer server) : RecordStore
    {
        public override SiloStorage Silo => SiloStorage.InRedis(server.ConnectionString);

        // As the grain storage of Redis names them.
        public override async Task<long?> CountAsync() => await server.CountKeysAsync("*/state/*");

        public override async Task<long> ReadSizeAsync() => (await server.ReadCountersAsync()).Memory;

        public override ValueTask DisposeAsync() => server.DisposeAsync();
    }

    private sealed class PostgresRecords : RecordStore
    {
        private readonly PostgresServer _server;

        public PostgresRecords(PostgresServer server)
        {
            // It is no child of ChildProcess, and must not outlive the program either.
            _server = server;
            AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        }

        public override SiloStorage Silo => SiloStorage.InPostgres(_server.ConnectionString);

        public override async Task<long?> CountAsync() => await _server.AskAsync<long>("select count(*) from lockgrains_records");

        public override Task<long> ReadSizeAsync() => _server.AskAsync<long>("select pg_total_relation_size('lockgrains_records')");

        public override async ValueTask DisposeAsync()
        {
            AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
            await _server.DisposeAsync();
        }

        private void KillAtExit(object? sender, EventArgs args) => _server.KillAsync().GetAwaiter().GetResult();
    }

    private sealed class SqliteRecords : RecordStore
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-bench").FullName;

        private string FilePath => Path.Combine(_folder, "locks.db");

        public override SiloStorage Silo => SiloStorage.InSqlite(FilePath);

        public override int Silos => 1;

        // The silo has locked the file.
        public override Task<long?> CountAsync() => Task.FromResult<long?>(null);

        public override Task<long> ReadSizeAsync() => Task.FromResult(Directory.GetFiles(_folder).Sum(file => new FileInfo(file).Length));

        public override async Task<long?> CountAtRestAsync()
        {
            await using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "select count(*) from records";
            return (long?)await command.ExecuteScalarAsync();
        }

        public override ValueTask DisposeAsync()
        {
            Directory.Delete(_folder, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
