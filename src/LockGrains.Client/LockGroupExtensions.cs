namespace LockGrains;

/// <summary>Several locks by their keys, where these are in a list already.</summary>
public static class LockGroupExtensions
{
    /// <summary>Acquires several locks, all or none; see <see cref="ILockClient.AcquireAllAsync"/>.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="wait">How long to wait for all of them together; null (the default) for ever.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The group, which renews its locks until it is disposed.</returns>
    public static ValueTask<LockGroup> AcquireAllAsync(
        this ILockClient locks,
        IEnumerable<string> keys,
        TimeSpan? wait = null,
        AcquireOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.AcquireAllAsync(ToTargets(keys), wait, options, cancellationToken);
    }

    /// <summary>Acquires several locks if all of them can be had within a time; see <see cref="ILockClient.TryAcquireAllAsync"/>.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="wait">How long to wait for all of them together; 0 (the default) tries all at once.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The group, or null when a lock was not acquired; then none is held.</returns>
    public static ValueTask<LockGroup?> TryAcquireAllAsync(
        this ILockClient locks,
        IEnumerable<string> keys,
        TimeSpan wait = default,
        AcquireOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.TryAcquireAllAsync(ToTargets(keys), wait, options, cancellationToken);
    }

    private static LockTarget[] ToTargets(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return [.. keys.Select(static key => new LockTarget(key))];
    }
}
