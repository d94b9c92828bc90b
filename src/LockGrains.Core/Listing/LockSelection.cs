using System.Collections.Immutable;

namespace LockGrains.Core;

/// <summary>
/// Finds the locks of one page among many, offered in any order. It keeps no more than the page and one, so what is beyond them costs a comparison
/// of keys, and nothing else is sorted.
/// </summary>
/// <param name="request">Which locks.</param>
internal sealed class LockSelection(LockListRequest request)
{
    private static readonly IComparer<LockSummary> ByKey = Comparer<LockSummary>.Create(static (one, other) => string.CompareOrdinal(one.Key, other.Key));

    // One more than the page has, which tells whether there is another page.
    private readonly int _size = request.Limit + 1;
    private readonly SortedSet<LockSummary> _chosen = new(ByKey);
    private string? _last;

    /// <summary>Whether a lock of this key would be among them.</summary>
    /// <param name="key">The key.</param>
    public bool Wants(string key) =>
        (_last is null || string.CompareOrdinal(key, _last) < 0)
        && (request.After is null || string.CompareOrdinal(key, request.After) > 0)
        && key.StartsWith(request.Prefix, StringComparison.Ordinal);

    /// <summary>
    /// Takes a lock whose key is wanted. Two activations may believe that they are a key's only one, until storage tells them apart: the
    /// one with the larger token knows more.
    /// </summary>
    /// <param name="summary">The lock.</param>
    public void Add(LockSummary summary)
    {
        if (!_chosen.Add(summary))
        {
            if (_chosen.TryGetValue(summary, out var other) && other.FencingToken < summary.FencingToken)
            {
                _chosen.Remove(other);
                _chosen.Add(summary);
            }

            return;
        }

        if (_chosen.Count > _size)
            _chosen.Remove(_chosen.Max!);
        if (_chosen.Count == _size)
            _last = _chosen.Max!.Key;
    }

    /// <summary>What one silo replies: the page, and one more where there is another page.</summary>
    public ImmutableArray<LockSummary> Chosen => [.. _chosen];

    /// <summary>The page.</summary>
    /// <param name="siloCount">How many silos were asked.</param>
    /// <param name="silosMissing">Those that did not reply.</param>
    public LockListPage ToPage(int siloCount, ImmutableArray<string> silosMissing)
    {
        ImmutableArray<LockSummary> locks = [.. _chosen.Take(request.Limit)];
        return new LockListPage
        {
            Locks = locks,
            Next = _chosen.Count == _size ? locks[^1].Key : null,
            SiloCount = siloCount,
            SilosMissing = silosMissing,
        };
    }

    /// <summary>The page of all silos, made of the replies of each to the same request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="replies">What each silo said; null for one that did not reply.</param>
    /// <param name="silos">Their names, in the same order.</param>
    public static LockListPage Merge(LockListRequest request, IReadOnlyList<ImmutableArray<LockSummary>?> replies, IReadOnlyList<string> silos)
    {
        var selection = new LockSelection(request);
        var missing = new SortedSet<string>(request.SilosMissing.IsDefault ? [] : request.SilosMissing, StringComparer.Ordinal);
        var count = missing.Count + silos.Count;
        for (var index = 0; index < replies.Count; index++)
        {
            if (replies[index] is not { IsDefault: false } locks)
            {
                missing.Add(silos[index]);
                continue;
            }

            foreach (var summary in locks)
            {
                if (selection.Wants(summary.Key))
                    selection.Add(summary);
            }
        }

        return selection.ToPage(count, [.. missing]);
    }
}
