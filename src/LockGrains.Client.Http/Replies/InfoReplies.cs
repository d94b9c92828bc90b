using System.Collections.Immutable;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// A lock, a session or a page as the API writes it, read back. What the API does not say is left out: how long an upgrade has waited,
/// and how many silos were asked.
/// </summary>
internal static class InfoReplies
{
    /// <summary>A lock, or that its server cannot read it.</summary>
    /// <exception cref="IOException">No server said anything of it: ask again.</exception>
    public static LockInfo ToInfo(ApiReply<StatusJson> reply, string key) =>
        reply.Value is { } status && status.Key == key && ToInfo(status) is { } info ? info : UnknownOrThrow(reply.IsUnreadable, reply.Detail);

    /// <summary>A lock; null where it cannot be read.</summary>
    public static LockInfo? ToInfo(StatusJson status)
    {
        if (!StateReplies.TryRead(status.Value, out var value) || status.Holders is null || status.Waiters is null)
            return null;

        return new LockInfo
        {
            Known = true,
            Holders = [.. status.Holders.Select(ToHolder)],
            HolderCount = status.HolderCount,
            PermitsTaken = status.PermitsTaken,
            Limit = status.Limit,
            LimitVersion = status.LimitVersion,
            Value = value,
            QueueLength = status.QueueLength,
            Waiters = [.. FindUpgrade(status.Upgrade), .. status.Waiters.Select(ToWaiter)],
            FirstWaitsFor = Names.ObstacleOf(status.FirstWaitsFor),
            Pace = Seconds.Show(status.PaceSeconds),
            Recent = status.Recent is null ? [] : [.. status.Recent.Select(ToRecent)],
            LastFencingToken = status.LastFencingToken,
            Silo = status.Silo,
        };
    }

    /// <summary>A session, which is a lock that it holds itself, or that its server cannot read it.</summary>
    /// <exception cref="IOException">No server said anything of it: ask again.</exception>
    public static LockInfo ToInfo(ApiReply<SessionJson> reply, string id)
    {
        if (reply.Value is not { } session || session.Session != id || !StateReplies.TryRead(session.Metadata, out var metadata))
            return UnknownOrThrow(reply.IsUnreadable, reply.Detail);

        return new LockInfo
        {
            Known = true,
            Holders = session.Alive ? [ToHolder(session)] : [],
            HolderCount = session.Alive ? 1 : 0,
            PermitsTaken = session.Alive ? 1 : 0,
            Value = metadata,
            LastFencingToken = session.SessionToken,
        };
    }

    /// <summary>A page of live locks; null where it is none.</summary>
    public static LockListPage? ToPage(PageJson? page, ImmutableArray<string> silosMissing) => page?.Locks is null
        ? null
        : new LockListPage
        {
            Locks = [.. page.Locks.Select(ToSummary)],
            Next = page.Next,

            // One that was missing before is missing in the list as a whole.
            SilosMissing = [.. (silosMissing.IsDefault ? [] : silosMissing).Union(page.SilosMissing ?? [], StringComparer.Ordinal)],
        };

    // That its lock cannot be read is something that a server says; all else is no reply.
    private static LockInfo UnknownOrThrow(bool isUnreadable, string detail) =>
        isUnreadable ? new LockInfo { Known = false, Detail = detail } : throw new IOException(detail);

    private static HolderInfo ToHolder(HolderJson holder) => new()
    {
        OwnerId = holder.Owner ?? "",
        FencingToken = holder.FencingToken,
        Lease = Seconds.Show(holder.LeaseSeconds),
        ExpiresIn = Seconds.Show(holder.ExpiresInSeconds),
        LockDelay = Seconds.Show(holder.LockDelaySeconds),
        IsHeldBack = holder.IsHeldBack,
        SessionId = holder.Session,
        HeldFor = Seconds.Show(holder.HeldForSeconds),
        Mode = Names.ModeOf(holder.Mode) ?? LockMode.Exclusive,
        Permits = holder.Permits,
        Limit = holder.Limit,
        PermitNumbers = holder.PermitNumbers is null ? [] : [.. holder.PermitNumbers],
    };

    private static HolderInfo ToHolder(SessionJson session) => new()
    {
        OwnerId = session.Owner ?? "",
        FencingToken = session.SessionToken,
        Lease = Seconds.Show(session.LeaseSeconds),
        ExpiresIn = Seconds.Show(session.ExpiresInSeconds),
        HeldFor = Seconds.Show(session.OpenForSeconds),
    };

    private static IEnumerable<WaiterInfo> FindUpgrade(UpgradeJson? upgrade) =>
        upgrade is null ? [] : [new WaiterInfo { OwnerId = upgrade.Owner ?? "", Attached = upgrade.Attached }];

    private static WaiterInfo ToWaiter(WaiterJson waiter) => new()
    {
        OwnerId = waiter.Owner ?? "",
        Ticket = waiter.Ticket,
        Attached = waiter.Attached,
        WaitedFor = Seconds.Show(waiter.WaitedForSeconds),
        Estimate = Seconds.Show(waiter.EstimateSeconds),
        SessionId = waiter.Session,
        Mode = Names.ModeOf(waiter.Mode) ?? LockMode.Exclusive,
        Permits = waiter.Permits,
        Limit = waiter.Limit,
    };

    private static RecentEvent ToRecent(RecentJson recent) => new()
    {
        What = Names.KindOf(recent.What),
        Reason = Names.EndOf(recent.Reason),
        OwnerId = recent.Owner ?? "",
        FencingToken = recent.FencingToken,
        Ago = Seconds.Show(recent.AgoSeconds),
    };

    private static LockSummary ToSummary(ListedJson listed) => new()
    {
        Key = listed.Key,
        HolderCount = listed.HolderCount,
        OwnerId = listed.Owner ?? "",
        FencingToken = listed.FencingToken,
        Mode = Names.ModeOf(listed.Mode) ?? LockMode.Exclusive,
        PermitsTaken = listed.PermitsTaken,
        Limit = listed.Limit,
        IsHeldBack = listed.IsHeldBack,
        HeldFor = Seconds.Show(listed.HeldForSeconds),
        ExpiresIn = Seconds.Show(listed.ExpiresInSeconds),
        QueueLength = listed.QueueLength,
        IsUpgrading = listed.IsUpgrading,
        LongestWait = Seconds.Show(listed.LongestWaitSeconds),
    };
}
