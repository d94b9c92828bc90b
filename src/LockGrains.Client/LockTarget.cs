namespace LockGrains;

/// <summary>
/// One of the locks that <see cref="ILockClient.AcquireAllAsync"/> acquires together. A key alone is one, so
/// <c>locks.AcquireAllAsync(["accounts/1", "accounts/2"])</c> needs no more.
/// </summary>
/// <param name="Key">The lock's key; see <see cref="LockKey"/>.</param>
public sealed record LockTarget(string Key)
{
    /// <summary>What the hold shares this lock with; null (the default) for <see cref="AcquireOptions.Mode"/>.</summary>
    public LockMode? Mode { get; init; }

    /// <summary>How many permits it takes; null (the default) for <see cref="AcquireOptions.Permits"/>.</summary>
    public int? Permits { get; init; }

    /// <summary>The most permits that may be taken together; null (the default) for <see cref="AcquireOptions.Limit"/>.</summary>
    public int? Limit { get; init; }

    /// <summary>The lock of a key, as <see cref="ILockClient.AcquireAsync"/> acquires it.</summary>
    /// <param name="key">The lock's key.</param>
    public static implicit operator LockTarget(string key) => FromString(key);

    /// <summary>The lock of a key, as <see cref="ILockClient.AcquireAsync"/> acquires it.</summary>
    /// <param name="key">The lock's key.</param>
    public static LockTarget FromString(string key) => new(key);

    /// <summary>The options of a group, with what this target says otherwise.</summary>
    internal AcquireOptions? Over(AcquireOptions? options) => Mode is null && Permits is null && Limit is null ? options : (options ?? new AcquireOptions()) with
    {
        Mode = Mode ?? options?.Mode ?? LockMode.Exclusive,
        Permits = Permits ?? options?.Permits ?? 1,
        Limit = Limit ?? options?.Limit,
    };
}
