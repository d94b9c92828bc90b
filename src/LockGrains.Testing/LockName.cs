using LockGrains.Core;

namespace LockGrains.Testing;

/// <summary>What a lock in memory is found by: one key in two spaces names two locks.</summary>
internal readonly record struct LockName(LockSpace Space, string Key)
{
    /// <summary>The lock that a program names.</summary>
    public static LockName Of(string key) => new(LockSpace.Lock, key);
}
