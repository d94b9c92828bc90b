using LockGrains;
using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>Adds PostgreSQL to a silo: for the locks, and for the membership of their cluster. In the namespace of <see cref="ISiloBuilder"/>: whoever has one needs no further using.</summary>
public static class LockGrainsPostgreSqlExtensions
{
    private const string Invariant = "Npgsql";

    /// <summary>Keeps the locks in PostgreSQL, and creates the table there if it is missing.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">An Npgsql connection string (<see cref="PostgreSqlLockOptions.ConnectionString"/>).</param>
    /// <exception cref="ArgumentException">The connection string is empty, malformed or unsafe.</exception>
    public static ISiloBuilder AddLockGrainsPostgreSqlStorage(this ISiloBuilder builder, string connectionString)
    {
        ThrowIfBad(connectionString);
        return builder.AddLockGrainsPostgreSqlStorage(options => options.ConnectionString = connectionString);
    }

    /// <summary>
    /// Keeps the locks in PostgreSQL. A server, role or table that would weaken a promise stops the silo at its start, with setting,
    /// value and remedy.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the connection, and perhaps more.</param>
    public static ISiloBuilder AddLockGrainsPostgreSqlStorage(this ISiloBuilder builder, Action<PostgreSqlLockOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.ConfigureServices(services =>
        {
            services.Configure(configure);
            services.AddKeyedSingleton(LockGrainOptions.DefaultStorageName, static (provider, _) => Create(provider));
            services.AddKeyedSingleton<ILockStoreProvider>(
                LockGrainOptions.DefaultStorageName,
                static (provider, key) => provider.GetRequiredKeyedService<PostgreSqlLocks>(key));
            services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider =>
            {
                var locks = provider.GetRequiredKeyedService<PostgreSqlLocks>(LockGrainOptions.DefaultStorageName);
                return new PostgreSqlStart(
                    nameof(PostgreSqlLocks), locks.PrepareAsync, () => locks.Warning, provider.GetRequiredService<ILogger<PostgreSqlStart>>());
            });
        });
    }

    /// <summary>
    /// Keeps the membership of the cluster in PostgreSQL, so that silos with one connection string find each other: the tables that
    /// Microsoft.Orleans.Clustering.AdoNet needs are created if they are missing. Clients outside the cluster find silos there with
    /// <see cref="UseLockGrainsPostgreSqlClustering(IClientBuilder, string)"/>.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="connectionString">An Npgsql connection string (<see cref="PostgreSqlLockOptions.ConnectionString"/>).</param>
    /// <param name="createSchema">Whether to create missing tables; as <see cref="PostgreSqlLockOptions.CreateSchema"/>.</param>
    /// <exception cref="ArgumentException">The connection string is empty, malformed or unsafe.</exception>
    public static ISiloBuilder UseLockGrainsPostgreSqlClustering(this ISiloBuilder builder, string connectionString, bool createSchema = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ThrowIfBad(connectionString);
        builder.UseAdoNetClustering(options =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = PostgreSqlConnectionString.ForMembership(connectionString);
        });
        return builder.ConfigureServices(services => services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider =>
        {
            var inspection = new ServerInspection(PostgreSqlConnectionString.Parse(connectionString));
            return new PostgreSqlStart(
                nameof(UseLockGrainsPostgreSqlClustering),
                async end => await inspection.FindProblemAsync(SchemaScript.Membership, createSchema, end).ConfigureAwait(false),
                static () => null,
                provider.GetRequiredService<ILogger<PostgreSqlStart>>());
        }));
    }

    /// <summary>
    /// Lets a client outside the cluster find its silos in PostgreSQL, where
    /// <see cref="UseLockGrainsPostgreSqlClustering(ISiloBuilder, string, bool)"/> registers them. It creates no table.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="connectionString">An Npgsql connection string (<see cref="PostgreSqlLockOptions.ConnectionString"/>).</param>
    /// <exception cref="ArgumentException">The connection string is empty, malformed or unsafe.</exception>
    public static IClientBuilder UseLockGrainsPostgreSqlClustering(this IClientBuilder builder, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ThrowIfBad(connectionString);
        return builder.UseAdoNetClustering(options =>
        {
            options.Invariant = Invariant;
            options.ConnectionString = PostgreSqlConnectionString.ForMembership(connectionString);
        });
    }

    private static PostgreSqlLocks Create(IServiceProvider services) => new(
        services.GetRequiredService<IOptions<PostgreSqlLockOptions>>().Value, services.GetRequiredService<IOptions<ClusterOptions>>().Value.ServiceId);

    private static void ThrowIfBad(string connectionString)
    {
        if (PostgreSqlConnectionString.FindProblem(connectionString) is { } problem)
            throw new ArgumentException($"The PostgreSQL connection string {problem}", nameof(connectionString));
    }
}
