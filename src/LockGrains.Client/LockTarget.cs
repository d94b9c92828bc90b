namespace LockGrains;

/// <summary>
/// One of the locks that <see cref="ILockClient.AcquireAllAsync"/> acquires together. A key alone is one, so
/// <c>locks.AcquireAllAsync(["accounts/1", "accounts/2"])</c> needs no more.
/// </summary>
/// <param name="Key">The lock's key; see <see cref="LockKey"/>.</param>
public sealed record LockTarget(string Key)
{
    /// <summary>The lock of a key, as <see cref="ILockClient.AcquireAsync"/> acquires it.</summary>
    /// <param name="key">The lock's key.</param>
    public static implicit operator LockTarget(string key) => FromString(key);

    /// <summary>The lock of a key, as <see cref="ILockClient.AcquireAsync"/> acquires it.</summary>
    /// <param name="key">The lock's key.</param>
    public static LockTarget FromString(string key) => new(key);
}
