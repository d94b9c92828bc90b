namespace LockGrains.Silo;

/// <summary>
/// A silo on PostgreSQL: its first connection, and what it is given. A silo often starts beside its database, and a
/// moment earlier; so it waits a while, says so, and then gives up with a line instead of a trace.
/// </summary>
internal static class PostgresStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits for PostgreSQL, creates its tables, and looks for what would break a promise.</summary>
    /// <param name="settings">The settings; PostgreSQL must be set.</param>
    /// <param name="tell">Tells the operator a line.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="StartException">It did not answer in time, refuses this silo, or is not safe for locks.</exception>
    public static async Task WaitAsync(SiloSettings settings, Action<string> tell, TimeProvider timeProvider)
    {
        await using var locks = new PostgreSqlLocks(MakeOptions(settings), settings.ServiceId);
        var timeout = settings.PostgresStartTimeout;
        var startedAt = timeProvider.GetTimestamp();
        var told = false;
        while (true)
        {
            try
            {
                if (await locks.PrepareAsync() is { } problem)
                    throw new StartException(StartException.BadSettings, problem);
                return;
            }
            catch (PostgreSqlStoreException exception) when (!exception.MayPass)
            {
                throw new StartException(StartException.BadSettings, $"{exception.Message}. Set {Name(nameof(settings.Postgres))} right.", exception);
            }
            catch (PostgreSqlStoreException exception)
            {
                if (timeProvider.GetElapsedTime(startedAt) + Pause >= timeout)
                {
                    throw new StartException(
                        StartException.Unavailable,
                        $"{exception.Message}; waited {timeout.TotalSeconds:0.#} s. Start it, or set {Name(nameof(settings.Postgres))} right.",
                        exception);
                }

                if (!told)
                {
                    tell($"waiting up to {timeout.TotalSeconds:0.#} s for {exception.Message}");
                    told = true;
                }
            }

            await Task.Delay(Pause, timeProvider);
        }
    }

    /// <summary>Membership and locks in PostgreSQL.</summary>
    public static void AddBackend(ISiloBuilder silo, SiloSettings settings)
    {
        silo.UseLockGrainsPostgreSqlClustering(settings.Postgres!, settings.CreateSchema);
        silo.AddLockGrainsPostgreSqlStorage(options =>
            (options.ConnectionString, options.CreateSchema) = (settings.Postgres!, settings.CreateSchema));
    }

    private static PostgreSqlLockOptions MakeOptions(SiloSettings settings) =>
        new() { ConnectionString = settings.Postgres!, CreateSchema = settings.CreateSchema };

    private static string Name(string name) => $"{SiloSettings.Section}:{name}";
}
