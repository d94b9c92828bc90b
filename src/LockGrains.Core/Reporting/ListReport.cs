namespace LockGrains.Core;

/// <summary>Makes of lists of locks what programs read of them.</summary>
internal static class ListReport
{
    /// <summary>One lock of a list.</summary>
    public static ListedJson Of(LockSummary summary) => new(
        summary.Key,
        summary.HolderCount > 0,
        summary.HolderCount > 0 ? summary.OwnerId : null,
        summary.FencingToken,
        HoldText.NameOf(summary.Mode),
        summary.HolderCount,
        summary.PermitsTaken,
        summary.Limit,
        summary.IsHeldBack,
        summary.HeldFor.TotalSeconds,
        summary.ExpiresIn.TotalSeconds,
        summary.QueueLength,
        summary.IsUpgrading,
        summary.LongestWait.TotalSeconds);

    /// <summary>
    /// Each lock that has changed or is gone. Where only the silos that reply have changed, and at the beginning where no lock is live, one without a
    /// key says so.
    /// </summary>
    public static IReadOnlyList<WatchPrefixJson> Of(LockListUpdate update, DateTimeOffset at)
    {
        var one = new WatchPrefixJson(at.ToUniversalTime(), update.Known, update.Detail, Key: null, IsGone: false, Lock: null, update.SilosMissing);
        WatchPrefixJson[] all =
        [
            .. update.Changed.Select(summary => one with { Key = summary.Key, Lock = Of(summary) }),
            .. update.Gone.Select(key => one with { Key = key, IsGone = true }),
        ];
        return all.Length == 0 ? [one] : all;
    }
}
