using Orleans.Storage;

namespace LockGrains;

/// <summary>What is known of Orleans' grain storages as places for locks.</summary>
internal static class GrainStorageRules
{
    private const string Instead =
        "Use AddLockGrainsRedisStorage, or LockGrains.Storage.Sqlite or LockGrains.Storage.PostgreSql; docs/STORAGE.md compares them.";

    // By name: nobody needs to reference them for locks.
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["Orleans.Storage.AdoNetGrainStorage"] =
            "different keys share one record there ('cafe' and 'CAFE', '1' and '01'), and two writers can both create one: two holders of one lock",
        ["Orleans.Storage.AzureTableGrainStorage"] =
            "different keys share one record there ('a/b' and 'a_b'): two locks would fence each other out for ever",
    };

    /// <summary>Why locks are not safe there; null when nothing is known against it.</summary>
    public static string? FindProblem(IGrainStorage storage)
    {
        for (var type = storage.GetType(); type is not null; type = type.BaseType)
        {
            if (type.FullName is { } name && Refused.TryGetValue(name, out var reason))
                return $"The grain storage {type.Name} is not safe for locks: {reason}. {Instead}";
        }

        return null;
    }

    /// <summary>Whether its deletion is known to compare. Of any other storage a probe finds out.</summary>
    public static bool IsKnownToDelete(IGrainStorage storage) => storage is MemoryGrainStorage or Orleans.Persistence.RedisGrainStorage;

    /// <summary>What it is, for people.</summary>
    public static string NameOf(IGrainStorage storage) => storage switch
    {
        MemoryGrainStorage => "memory",
        Orleans.Persistence.RedisGrainStorage => "Redis",
        _ => storage.GetType().Name,
    };
}
