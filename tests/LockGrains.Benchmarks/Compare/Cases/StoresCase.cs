using Microsoft.Data.Sqlite;
using Npgsql;

namespace LockGrains.Benchmarks;

/// <summary>(h) The pair of case a with each storage of the silo, beside what a program does with that storage and no LockGrains.</summary>
internal static class StoresCase
{
    private const int WarmUpWorkers = 64;

    // Beside the raw side's pool: the silo's own, and those who look after the server.
    private const int OtherConnections = 50;

    public static async Task<CaseResult> RunAsync(Bench bench)
    {
        var result = new CaseResult('h', "Stores: the uncontended pair with each storage");
        result.Tables.Add(new Table("Each worker has a key of its own; client, external. Raw: the same server or disk without LockGrains.", PairRounds.Columns));
        result.Plots.Add(new LinePlot("Uncontended pairs by storage", "workers", "pairs per second"));
        await MeasureRedisAsync(bench, result);
        await MeasurePostgresAsync(bench, result);
        await MeasureSqliteAsync(bench, result);
        await MeasureAsync(bench, result, "memory", SiloStorage.Memory, raw: null);
        return result;
    }

    private static async Task MeasureRedisAsync(Bench bench, CaseResult result)
    {
        if (bench.RedisProblem is { } problem)
        {
            result.Notes.Add($"Redis was not measured: {problem}.");
            return;
        }

        await MeasureAsync(bench, result, "Redis", SiloStorage.InRedis(bench.Redis.ConnectionString), new RedisRetrySubject("raw Redis", bench.Raw));
        result.Notes.Add("Raw Redis: SET NX PX, and a script that compares and deletes.");
    }

    private static async Task MeasurePostgresAsync(Bench bench, CaseResult result)
    {
        if (PostgresInstallation.SkipReason is not null)
        {
            result.Notes.Add("PostgreSQL was not measured: it is not installed here.");
            return;
        }

        // As the other storages: on the disk.
        PostgresInstallation.TempRoot = Path.GetTempPath();
        var workers = Math.Max(WarmUpWorkers, bench.Options.Workers.Max());
        await using var server = await PostgresServer.StartAsync($"max_connections={workers + OtherConnections}");
        EventHandler kill = (_, _) => server.KillAsync().GetAwaiter().GetResult();
        AppDomain.CurrentDomain.ProcessExit += kill;
        try
        {
            await using var raw = await PostgresRowSubject.StartAsync("raw PostgreSQL", server, workers, Enumerable.Range(0, workers).Select(PairLoad.KeyOf));
            await MeasureAsync(bench, result, "PostgreSQL", SiloStorage.InPostgres(server.ConnectionString), raw);
            var version = await server.AskAsync<string>("select current_setting('server_version')");
            result.Notes.Add(
                $"Raw PostgreSQL: begin, select ... for update on a row of its own, and commit, which waits for the disk, too. The pool has {workers} connections, and each hold takes one. "
                + "The silo has the pool that it ships with, of 32.");
            result.Notes.Add(
                $"PostgreSQL {version}, Npgsql {Machine.VersionOf(typeof(NpgsqlConnection))}. "
                + $"Its settings are the defaults but for max_connections = {workers + OtherConnections}, shared_buffers = 16 MB and max_wal_size = 256 MB.");
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= kill;
        }
    }

    private static async Task MeasureSqliteAsync(Bench bench, CaseResult result)
    {
        var folder = Directory.CreateTempSubdirectory("lockgrains-bench").FullName;
        try
        {
            await using var raw = SqliteRowSubject.Start("raw SQLite", Path.Combine(folder, "raw.db"));
            await MeasureAsync(bench, result, "SQLite", SiloStorage.InSqlite(Path.Combine(folder, "locks.db")), raw);
            result.Notes.Add(
                "Raw SQLite: a transaction that inserts a row, and one that deletes it, with write-ahead log and synchronous = full. All workers use one connection in turn, because SQLite writes one at a time. "
                + "The raw side has no second process and no network. The silo writes what arrives at the same time in one transaction.");
            result.Notes.Add("Memory has no raw side.");
            result.Notes.Add($"SQLite {raw.Version}, Microsoft.Data.Sqlite {Machine.VersionOf(typeof(SqliteConnection))}.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(Bench bench, CaseResult result, string storage, SiloStorage plan, ILockSubject? raw)
    {
        await using var cluster = await Cluster.StartAsync(bench.MakePlan(plan));
        List<ILockSubject> subjects = [new ClientSubject($"LockGrains on {storage}", cluster.Client.Locks)];
        if (raw is not null)
            subjects.Insert(0, raw);
        await PairRounds.WarmUpAsync(subjects, bench.Options);
        foreach (var workers in bench.Options.Workers)
        {
            var rounds = await PairRounds.MeasureAsync(subjects, workers, bench.Options);
            foreach (var subject in subjects)
                rounds.AddRow(result.Tables[0], result.Plots[0], subject.Name, raw?.Name);
        }
    }
}
