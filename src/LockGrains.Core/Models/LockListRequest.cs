using System.Collections.Immutable;
using System.Globalization;

namespace LockGrains;

/// <summary>Asks which locks are live: a page of them, in the ordinal order of their keys.</summary>
public sealed record LockListRequest
{
    /// <summary>The most locks of a page: 5,000. A silo goes by all its locks for each page, so whoever wants very many asks for few large ones.</summary>
    public const int LimitMax = 5000;

    /// <summary>The beginning of the keys; empty (the default) for all. See <see cref="LockPrefix"/>.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Which of them. Default <see cref="LockListState.All"/>.</summary>
    public LockListState State { get; init; }

    /// <summary>The key that the page begins after, be it there or not; null (the default) for the first page. <see cref="LockListPage.Next"/> of the page before.</summary>
    public string? After { get; init; }

    /// <summary>The most locks of the page, 1 to <see cref="LimitMax"/>, which is the default.</summary>
    public int Limit { get; init; } = LimitMax;

    /// <summary>
    /// The silos that are not asked, and are named in the reply: <see cref="LockListPage.SilosMissing"/> of the page before. So a silo that hangs
    /// costs one wait for all pages, and none of them is believed to be whole. None by default.
    /// </summary>
    public ImmutableArray<string> SilosMissing { get; init; } = [];

    /// <summary>How long a silo may take before it counts as missing. Null (the default) for 2 s; more than 0 and at most 10 s.</summary>
    public TimeSpan? SiloTimeout { get; init; }

    internal static TimeSpan SiloTimeoutDefault { get; } = TimeSpan.FromSeconds(2);

    private static TimeSpan SiloTimeoutMax { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Says what is wrong with this request, or null when nothing is.</summary>
    public string? FindProblem()
    {
        if (Prefix is null)
            return "A prefix must not be null; an empty one lists all.";
        if (LockPrefix.FindProblem(Prefix) is { } wrong)
            return wrong;
        if (After is not null && LockPrefix.FindProblem(After) is { } wrongAfter)
            return $"{nameof(After)} must be a key. {wrongAfter}";
        if (!Enum.IsDefined(State))
            return string.Create(CultureInfo.InvariantCulture, $"{nameof(State)} must be {nameof(LockListState.All)}, {nameof(LockListState.Held)} or {nameof(LockListState.Waited)}; this one is {(int)State}.");
        if (Limit is < 1 or > LimitMax)
            return string.Create(CultureInfo.InvariantCulture, $"{nameof(Limit)} must be 1 to {LimitMax}; this one is {Limit}.");
        return SiloTimeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > SiloTimeoutMax)
            ? string.Create(CultureInfo.InvariantCulture, $"{nameof(SiloTimeout)} must be more than 0 and at most {SiloTimeoutMax}; this one is {timeout}.")
            : null;
    }
}
