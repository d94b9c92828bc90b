namespace LockGrains.Benchmarks;

/// <summary>Where a silo keeps its locks.</summary>
internal sealed record SiloStorage
{
    private SiloStorage(params string[] arguments) => Arguments = arguments;

    public static SiloStorage Memory { get; } = new("--memory");

    /// <summary>The silo's arguments that say so.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The connection string of its Redis; null where it has none.</summary>
    public string? Redis { get; private init; }

    public static SiloStorage InRedis(string connectionString) => new("--redis", connectionString) { Redis = connectionString };

    public static SiloStorage InSqlite(string file) => new("--data", file);

    public static SiloStorage InPostgres(string connectionString) => new("--postgres", connectionString);
}
