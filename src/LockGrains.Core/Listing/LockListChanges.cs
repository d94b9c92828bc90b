using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// What one who watches a prefix knows: the locks as they were shown last. It compares each pass over all silos with that. Nothing is kept of what
/// happened in between, so there is nothing to miss, and whoever reads slowly gets the latest.
/// </summary>
internal sealed class LockListChanges
{
    private readonly Dictionary<string, LockSummary> _known = new(StringComparer.Ordinal);
    private ImmutableArray<string> _missing = [];
    private bool _isShown;

    /// <summary>Takes what a pass has found.</summary>
    /// <param name="locks">The locks, in the order of their keys.</param>
    /// <param name="silosMissing">The silos that did not reply to it. Nobody can say whether what they had is gone.</param>
    /// <param name="isForced">Whether there is something to show though nothing has changed.</param>
    /// <returns>What to show; null for nothing.</returns>
    public LockListUpdate? Take(IReadOnlyList<LockSummary> locks, ImmutableArray<string> silosMissing, bool isForced)
    {
        var changed = ImmutableArray.CreateBuilder<LockSummary>();
        foreach (var summary in locks)
        {
            if (!_known.TryGetValue(summary.Key, out var before) || LockSummaries.IsChange(before, summary))
            {
                changed.Add(summary);
                _known[summary.Key] = summary;
            }
        }

        var gone = silosMissing.IsEmpty && _known.Count > locks.Count ? TakeGone(locks) : [];
        var isSame = changed.Count == 0 && gone.IsEmpty && silosMissing.AsSpan().SequenceEqual(_missing.AsSpan());
        if (isSame && _isShown && !isForced)
            return null;
        _missing = silosMissing;
        _isShown = true;
        return new LockListUpdate { Changed = changed.DrainToImmutable(), Gone = gone, SilosMissing = silosMissing };
    }

    private ImmutableArray<string> TakeGone(IReadOnlyList<LockSummary> locks)
    {
        var live = locks.Select(static summary => summary.Key).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> gone = [.. _known.Keys.Where(key => !live.Contains(key)).Order(StringComparer.Ordinal)];
        foreach (var key in gone)
            _known.Remove(key);
        return gone;
    }
}
