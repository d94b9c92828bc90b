using LockGrains;
using LockGrains.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Keeps the locks of a silo in a SQLite file. In the namespace of <see cref="ISiloBuilder"/>: whoever has one needs no further using.</summary>
public static class LockGrainsSqliteExtensions
{
    /// <summary>The exit code (<c>EX_IOERR</c> of sysexits.h) that the process ends with after its file has answered with an error.</summary>
    public const int InputOutputError = 74;

    /// <summary>
    /// Keeps the locks in a file: every grant is on the disk before it is told. For one silo alone; a second one on the same file does
    /// not start. If the disk answers with an error, nobody knows what the file holds, and the host is stopped
    /// (<see cref="Environment.ExitCode"/> is then <see cref="InputOutputError"/>); the next start reads what is true. A full disk is no such error: locks are
    /// refused until there is room.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="path">The file, made when there is none.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    public static ISiloBuilder AddLockGrainsSqliteStorage(this ISiloBuilder builder, string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return builder.AddLockGrainsSqliteStorage(options => options.Path = path);
    }

    /// <summary>As <see cref="AddLockGrainsSqliteStorage(ISiloBuilder, string)"/>, with all settings.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets the path, and perhaps more; checked when the silo starts.</param>
    public static ISiloBuilder AddLockGrainsSqliteStorage(this ISiloBuilder builder, Action<SqliteStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        return builder.ConfigureServices(services => services
            .Configure(configure)
            .AddSingleton<SqliteLockStores>()
            .AddKeyedSingleton<ILockStoreProvider>(
                LockGrainOptions.DefaultStorageName, (provider, _) => provider.GetRequiredService<SqliteLockStores>())
            .AddSingleton<IConfigurationValidator, SqliteStartCheck>());
    }
}
