using System.Globalization;

namespace LockGrains;

/// <summary>Several locks at once.</summary>
public sealed partial class LockClient
{
    /// <inheritdoc/>
    public ValueTask<LockGroup> AcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var attempt = MakeAttempt(targets, wait ?? Timeout.InfiniteTimeSpan, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockGroup>(cancellationToken)
            : new ValueTask<LockGroup>(AcquireOrThrowAsync());

        async Task<LockGroup> AcquireOrThrowAsync() =>
            await attempt.RunAsync(cancellationToken).ConfigureAwait(false) ?? throw attempt.MakeTimeout();
    }

    /// <inheritdoc/>
    public ValueTask<LockGroup?> TryAcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var attempt = MakeAttempt(targets, wait, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockGroup?>(cancellationToken)
            : new ValueTask<LockGroup?>(attempt.RunAsync(cancellationToken));
    }

    private GroupAttempt MakeAttempt(IReadOnlyCollection<LockTarget> targets, TimeSpan wait, AcquireOptions? options)
    {
        AcquireTerms[] terms = [.. InOrder(targets).Select(target => AcquireTerms.Create(target.Key, wait, options, _runtime))];
        _stop.ThrowIfDisposed();
        return new GroupAttempt(_runtime, _stop, terms, wait, RunAcquireAsync);
    }

    /// <summary>A copy of the targets in the order that all callers share, checked.</summary>
    private static LockTarget[] InOrder(IReadOnlyCollection<LockTarget> targets)
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
