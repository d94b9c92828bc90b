using Orleans.TestingHost;

namespace LockGrains.PostgreSql.Tests;

/// <summary>A cluster of real silos in this process, with its locks in PostgreSQL.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _inner;

    private PostgresCluster(InProcessTestCluster inner) => _inner = inner;

    public IClusterClient Grains => _inner.Client;

    public static async Task<PostgresCluster> StartAsync(string connectionString, short silos = 2)
    {
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) => silo.AddLockGrains().AddLockGrainsPostgreSqlStorage(connectionString));
        var cluster = builder.Build();
        try
        {
            await cluster.DeployAsync();
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return new PostgresCluster(cluster);
    }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
