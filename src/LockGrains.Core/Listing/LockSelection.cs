using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace LockGrains.Core;

/// <summary>
/// Finds the locks of one page among many, offered in any order. It keeps at most twice the page, so what is beyond it costs a comparison of keys, and
/// nothing else is sorted.
/// </summary>
/// <param name="request">Which locks.</param>
internal sealed class LockSelection(LockListRequest request)
{
    // One more than the page has, which tells whether there is another page.
    private readonly int _size = request.Limit + 1;
    private readonly List<LockSummary> _chosen = [];
    private string? _last;

    /// <summary>Whether a lock of this key may be among them.</summary>
    /// <param name="key">The key.</param>
    public bool Wants(string key) =>
        (_last is null || string.CompareOrdinal(key, _last) < 0)
        && (request.After is null || string.CompareOrdinal(key, request.After) > 0)
        && key.StartsWith(request.Prefix, StringComparison.Ordinal);

    /// <summary>Takes a lock whose key is wanted.</summary>
    /// <param name="summary">The lock.</param>
    public void Add(LockSummary summary)
    {
        _chosen.Add(summary);
        if (_chosen.Count == 2 * _size)
            Sort();
    }

    /// <summary>What one silo replies: the page, and one more where there is another page.</summary>
    public ImmutableArray<LockSummary> Choose()
    {
        Sort();
        return [.. _chosen];
    }

    /// <summary>The page.</summary>
    /// <param name="siloCount">How many silos were asked.</param>
    /// <param name="silosMissing">Those that did not reply.</param>
    public LockListPage ToPage(int siloCount, ImmutableArray<string> silosMissing)
    {
        Sort();
        ImmutableArray<LockSummary> locks = [.. _chosen.Take(request.Limit)];
        return new LockListPage
        {
            Locks = locks,
            Next = _chosen.Count == _size ? locks[^1].Key : null,
            SiloCount = siloCount,
            SilosMissing = silosMissing,
        };
    }

    /// <summary>
    /// Puts them in the order of their keys, each key once, and drops what is beyond the page. Two activations may believe that they are a key's only
    /// one, until storage tells them apart: the one with the larger token knows more.
    /// </summary>
    private void Sort()
    {
        _chosen.Sort(static (one, other) => string.CompareOrdinal(one.Key, other.Key) is var order and not 0 ? order : other.FencingToken.CompareTo(one.FencingToken));
        var kept = 0;
        foreach (var summary in CollectionsMarshal.AsSpan(_chosen))
        {
            if (kept < _size && (kept == 0 || _chosen[kept - 1].Key != summary.Key))
                _chosen[kept++] = summary;
        }

        _chosen.RemoveRange(kept, _chosen.Count - kept);
        if (kept == _size)
            _last = _chosen[^1].Key;
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
