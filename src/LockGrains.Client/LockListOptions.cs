namespace LockGrains;

/// <summary>Which locks <see cref="ILockClient.ListAsync"/> lists, beside their prefix.</summary>
public sealed record LockListOptions
{
    /// <summary>Which of the live locks. Default <see cref="LockListState.All"/>.</summary>
    public LockListState State { get; init; }

    /// <summary>The key that the list begins after, be it there or not: a list that was left can be gone on with. Null (the default) for the beginning.</summary>
    public string? After { get; init; }

    /// <summary>The most locks of a page, 1 to 5,000. Default 5,000.</summary>
    public int PageSize { get; init; } = LockListRequest.LimitMax;

    /// <summary>The request for the first page.</summary>
    /// <exception cref="ArgumentException">The prefix, or <see cref="After"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="State"/> or <see cref="PageSize"/>.</exception>
    internal LockListRequest ToRequest(string prefix, TimeSpan siloTimeout)
    {
        LockPrefix.Validate(prefix);
        if (After is not null)
            LockPrefix.Validate(After, nameof(After));
        if (!Enum.IsDefined(State))
            throw Wrong(nameof(State), State, $"{nameof(LockListState.All)}, {nameof(LockListState.Held)} or {nameof(LockListState.Waited)}");
        if (PageSize is < 1 or > LockListRequest.LimitMax)
            throw Wrong(nameof(PageSize), PageSize, $"1 to {LockListRequest.LimitMax}");
        return new LockListRequest { Prefix = prefix, State = State, After = After, Limit = PageSize, SiloTimeout = siloTimeout };
    }

    private static ArgumentOutOfRangeException Wrong(string name, object value, string allowed) => new(name, value, $"{name} must be {allowed}.");
}
