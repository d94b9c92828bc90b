using System.Globalization;

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

    /// <summary>A copy of the targets in the order that all callers share, checked.</summary>
    internal static LockTarget[] InOrder(IReadOnlyCollection<LockTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        LockTarget[] ordered = [.. targets];
        if (ordered.Length is 0 or > LockGroup.KeysMax)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"A group has 1 to {LockGroup.KeysMax} locks; this one has {ordered.Length}."), nameof(targets));
        }

        for (var index = 0; index < ordered.Length; index++)
        {
            if (ordered[index]?.Key is not { } key)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The target at {index} is null, or its key is."), nameof(targets));
            if (LockKey.FindProblem(key) is { } problem)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The key at {index}: {problem}"), nameof(targets));
        }

        Array.Sort(ordered, static (one, other) => string.CompareOrdinal(one.Key, other.Key));
        for (var index = 1; index < ordered.Length; index++)
        {
            if (ordered[index - 1].Key == ordered[index].Key)
                throw new ArgumentException($"The key '{ordered[index].Key}' is there twice, and would wait for itself.", nameof(targets));
        }

        return ordered;
    }
}
