using System.Collections.Immutable;

namespace LockGrains;

/// <summary>What has changed among the locks whose keys have a prefix. The first has all there are.</summary>
public sealed record LockListUpdate
{
    /// <summary>The locks that are new or have changed, as they are now, in the ordinal order of their keys.</summary>
    public ImmutableArray<LockSummary> Changed { get; init; } = [];

    /// <summary>
    /// The keys of those that are live on no silo any more, in ordinal order: free, and not waited for. After the loss of a silo its locks are here, too,
    /// until somebody renews or asks for them. While a silo is missing nothing is gone: nobody could say.
    /// </summary>
    public ImmutableArray<string> Gone { get; init; } = [];

    /// <summary>The names and addresses of the silos that did not reply in time. What they have is as it was known last.</summary>
    public ImmutableArray<string> SilosMissing { get; init; } = [];

    /// <summary>False when no silo has given a usable reply for long; the rest then says nothing.</summary>
    public bool Known { get; init; } = true;

    /// <summary>Not known: what happened, for people.</summary>
    public string? Detail { get; init; }
}
