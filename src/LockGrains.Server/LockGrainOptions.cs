using LockGrains.Core;

namespace LockGrains;

/// <summary>How the locks of a silo behave. The same on every silo of a cluster; checked when the silo starts.</summary>
public sealed class LockGrainOptions
{
    /// <summary>The name of the grain storage that <c>AddLockGrainsRedisStorage</c> and <c>AddLockGrainsMemoryStorage</c> register: <c>LockGrains</c>.</summary>
    public const string DefaultStorageName = "LockGrains";

    /// <summary>The name of the grain storage that keeps the locks. Default <see cref="DefaultStorageName"/>.</summary>
    public string StorageName { get; set; } = DefaultStorageName;

    /// <summary>The bounds and times of every lock; each has its default and range in its own documentation.</summary>
    public LockPolicy Policy { get; set; } = new();
}
