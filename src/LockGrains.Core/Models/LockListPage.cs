using System.Collections.Immutable;

namespace LockGrains;

/// <summary>
/// Some of the locks that are live. A page is read at one moment, and the next one at another: a lock that is live all the while is there once, and
/// one that comes or goes meanwhile may be there or not.
/// </summary>
public sealed record LockListPage
{
    /// <summary>The locks, in the ordinal order of their keys, each once.</summary>
    public ImmutableArray<LockSummary> Locks { get; init; } = [];

    /// <summary>What the next page begins after; null where this is the last.</summary>
    public string? Next { get; init; }

    /// <summary>How many silos were asked, now or for an earlier page.</summary>
    public int SiloCount { get; init; }

    /// <summary>The names and addresses of the silos that did not reply in time, to this page or an earlier one; their locks are not listed. None where it is whole.</summary>
    public ImmutableArray<string> SilosMissing { get; init; } = [];
}
