namespace LockGrains.Core;

/// <summary>What a list shows of a lock, made of its state; functions, for any thread.</summary>
internal static class LockSummaries
{
    /// <summary>Whether a lock is listed.</summary>
    /// <param name="state">The lock.</param>
    /// <param name="which">Which locks are.</param>
    public static bool IsListed(LockState state, LockListState which) => which switch
    {
        LockListState.Held => !state.Holders.IsEmpty,
        LockListState.Waited => state.Next is not null,
        _ => !state.Holders.IsEmpty || state.Next is not null,
    };

    /// <summary>What is shown of a lock.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="state">The lock.</param>
    /// <param name="now">The time of its activation.</param>
    public static LockSummary Of(string key, LockState state, TimeSpan now)
    {
        var first = state.Holders.IsEmpty ? null : state.Holders[0];
        return new LockSummary
        {
            Key = key,
            HolderCount = state.Holders.Length,
            OwnerId = first?.Request.OwnerId ?? "",
            FencingToken = first?.FencingToken.Value ?? 0,
            Mode = first?.Mode ?? LockMode.Exclusive,
            PermitsTaken = state.Holders.Sum(static lease => (long)lease.Permits),
            Limit = FindLimit(state.Data?.Limit ?? 0, first?.Request.Limit ?? 0),
            IsHeldBack = first?.IsHeldBack(now) ?? false,
            HeldFor = first is null ? TimeSpan.Zero : now - first.GrantedAt,
            ExpiresIn = first is null || first.ExpiresAt <= now ? TimeSpan.Zero : first.ExpiresAt - now,
            QueueLength = state.Queue.Count,
            IsUpgrading = state.Upgrade is not null,
            LongestWait = FindLongestWait(state, now),
        };
    }

    /// <summary>Whether what a list shows of a lock has changed. Renewals and the running of time are no change.</summary>
    /// <param name="before">The lock before.</param>
    /// <param name="after">The lock after.</param>
    public static bool IsChange(LockSummary before, LockSummary after) => AtRest(before) != AtRest(after);

    private static LockSummary AtRest(LockSummary summary) =>
        summary with { HeldFor = TimeSpan.Zero, ExpiresIn = TimeSpan.Zero, LongestWait = TimeSpan.Zero };

    private static int? FindLimit(int ofKey, int ofHolder) => (ofKey, ofHolder) switch
    {
        ( <= 0, <= 0) => null,
        ( <= 0, _) => ofHolder,
        (_, <= 0) => ofKey,
        _ => Math.Min(ofKey, ofHolder),
    };

    // The queue is in the order of arrival.
    private static TimeSpan FindLongestWait(LockState state, TimeSpan now)
    {
        var first = state.Queue.IsEmpty ? now : state.Queue.First.EnqueuedAt;
        var upgrade = state.Upgrade?.EnqueuedAt ?? now;
        return now - (upgrade < first ? upgrade : first);
    }
}
