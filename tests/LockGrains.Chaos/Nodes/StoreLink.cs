using StackExchange.Redis;

namespace LockGrains.Chaos;

/// <summary>How a process of the run finds the storage: its kind and a connection string.</summary>
internal sealed record StoreLink(StoreKind Kind, string Text)
{
    private const string RedisName = "--redis";
    private const string PostgresName = "--postgres";

    /// <summary>The arguments that tell it to a silo, and to a process of this program.</summary>
    public IReadOnlyList<string> Arguments => [Kind == StoreKind.Postgres ? PostgresName : RedisName, Text];

    /// <summary>Reads what <see cref="Arguments"/> says.</summary>
    public static StoreLink Read(IReadOnlyDictionary<string, string> arguments) => arguments.TryGetValue(PostgresName, out var text)
        ? new StoreLink(StoreKind.Postgres, text)
        : new StoreLink(StoreKind.Redis, arguments[RedisName]);

    /// <summary>Lets a client find the silos that are members there.</summary>
    public void FindSilos(IClientBuilder orleans)
    {
        if (Kind == StoreKind.Postgres)
        {
            orleans.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = ("Npgsql", $"Timeout=2;Command Timeout=2;{Text}"));
            return;
        }

        orleans.UseRedisClustering(options =>
        {
            options.ConfigurationOptions = ConfigurationOptions.Parse(Text);
            options.ConfigurationOptions.AbortOnConnectFail = false;
        });
    }
}
