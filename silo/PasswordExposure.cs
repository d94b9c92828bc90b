using Npgsql;
using StackExchange.Redis;

namespace LockGrains.Silo;

/// <summary>Finds a password of Redis or PostgreSQL that may cross a network in the clear. No message has it.</summary>
/// <param name="Store">Whose password it is.</param>
/// <param name="Server">Where it goes.</param>
/// <param name="Remedy">What to set.</param>
internal sealed record PasswordExposure(string Store, string Server, string Remedy)
{
    /// <summary>Looks at where the silo, or the front, connects; null where no password crosses a network in the clear.</summary>
    /// <param name="settings">The settings, in which <see cref="SiloSettingsRules"/> finds nothing.</param>
    public static PasswordExposure? Find(SiloSettings settings) =>
        settings.Redis is { } redis ? OfRedis(LockGrainsSiloBuilderExtensions.ParseRedis(redis))
        : settings.Postgres is { } postgres ? OfPostgres(new NpgsqlConnectionStringBuilder(postgres))
        : null;

    /// <summary>Says it, if there is anything to say.</summary>
    public static void Log(ILogger logger, SiloSettings settings)
    {
        if (Find(settings) is { } exposure)
            logger.LogPasswordInTheClear(exposure.Store, exposure.Server, exposure.Remedy);
    }

    private static PasswordExposure? OfRedis(ConfigurationOptions options)
    {
        if (options.Ssl || string.IsNullOrEmpty(options.Password))
            return null;
        return StoreServers.FindElsewhere(options) is { } server
            ? new PasswordExposure("Redis", server, "ssl=true in LockGrains:Redis")
            : null;
    }

    // Npgsql's default is to try TLS and to go on without.
    private static PasswordExposure? OfPostgres(NpgsqlConnectionStringBuilder options)
    {
        if (options.SslMode >= SslMode.Require || (string.IsNullOrEmpty(options.Password) && string.IsNullOrEmpty(options.Passfile)))
            return null;
        return StoreServers.FindElsewhere(options) is { } server
            ? new PasswordExposure("PostgreSQL", server, "SSL Mode=VerifyFull in LockGrains:Postgres")
            : null;
    }
}
