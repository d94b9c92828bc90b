namespace LockGrains;

/// <summary>Locks that several hold at a time. Each is <see cref="ILockClient.AcquireAsync"/> with another <see cref="LockMode"/>.</summary>
public static class SharedLockExtensions
{
    /// <summary>Acquires a lock shared: beside others who share it, and never beside one who has it exclusively.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="wait">How long to wait; null (the default) for ever.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle.</returns>
    /// <exception cref="LockTimeoutException">The wait ended before the lock came.</exception>
    public static ValueTask<LockHandle> AcquireSharedAsync(
        this ILockClient locks, string key, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.AcquireAsync(key, wait, With(options, LockMode.Shared), cancellationToken);
    }

    /// <summary>Acquires a lock shared if that can be had within a time; as <see cref="AcquireSharedAsync"/>, but contention is no exception.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="wait">How long to wait; 0 (the default) for not at all.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle, or null when the lock was not acquired.</returns>
    public static ValueTask<LockHandle?> TryAcquireSharedAsync(
        this ILockClient locks, string key, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.TryAcquireAsync(key, wait, With(options, LockMode.Shared), cancellationToken);
    }

    /// <summary>
    /// Acquires a lock shared, by the one who may make it exclusive later (<see cref="LockHandle.UpgradeAsync"/>). Another who wants that waits,
    /// so that two never wait for each other.
    /// </summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="wait">How long to wait; null (the default) for ever.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle.</returns>
    /// <exception cref="LockTimeoutException">The wait ended before the lock came.</exception>
    public static ValueTask<LockHandle> AcquireUpgradeableAsync(
        this ILockClient locks, string key, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.AcquireAsync(key, wait, With(options, LockMode.Upgradeable), cancellationToken);
    }

    /// <summary>The same if it can be had within a time; as <see cref="AcquireUpgradeableAsync"/>, but contention is no exception.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="wait">How long to wait; 0 (the default) for not at all.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle, or null when the lock was not acquired.</returns>
    public static ValueTask<LockHandle?> TryAcquireUpgradeableAsync(
        this ILockClient locks, string key, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.TryAcquireAsync(key, wait, With(options, LockMode.Upgradeable), cancellationToken);
    }

    /// <summary>Acquires permits of a lock that has a number of them, all or none: a semaphore.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="permits">How many to take: 1 to <paramref name="limit"/>.</param>
    /// <param name="limit">How many there are: 1 to 1,000,000. All who use the key should say the same.</param>
    /// <param name="wait">How long to wait; null (the default) for ever.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle; see <see cref="LockHandle.PermitNumbers"/>.</returns>
    /// <exception cref="ArgumentException">The permits or the limit are out of range.</exception>
    /// <exception cref="LockTimeoutException">The wait ended before the permits came.</exception>
    public static ValueTask<LockHandle> AcquirePermitsAsync(
        this ILockClient locks, string key, int permits, int limit, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.AcquireAsync(key, wait, With(options, LockMode.Shared) with { Permits = permits, Limit = limit }, cancellationToken);
    }

    /// <summary>The same if they can be had within a time; as <see cref="AcquirePermitsAsync"/>, but contention is no exception.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="permits">How many to take: 1 to <paramref name="limit"/>.</param>
    /// <param name="limit">How many there are: 1 to 1,000,000. All who use the key should say the same.</param>
    /// <param name="wait">How long to wait; 0 (the default) for not at all.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The handle, or null when the permits were not acquired.</returns>
    /// <exception cref="ArgumentException">The permits or the limit are out of range.</exception>
    public static ValueTask<LockHandle?> TryAcquirePermitsAsync(
        this ILockClient locks, string key, int permits, int limit, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return locks.TryAcquireAsync(key, wait, With(options, LockMode.Shared) with { Permits = permits, Limit = limit }, cancellationToken);
    }

    private static AcquireOptions With(AcquireOptions? options, LockMode mode) => (options ?? new AcquireOptions()) with { Mode = mode };
}
