using System.Text.Unicode;

namespace LockGrains.Core;

/// <summary>Makes of a lock what programs read of it.</summary>
internal static class StatusReport
{
    /// <summary>The lock's state.</summary>
    public static StatusJson Of(string key, LockInfo info) => new(
        key,
        info.Holder is not null,
        info.Holder is { } first ? Of(first) : null,
        info.QueueLength,
        InLine(info).Select((waiter, index) => Of(waiter, index + 1)),
        info.LastFencingToken,
        info.Holders.Select(Of),
        info.HolderCount,
        info.PermitsTaken,
        FindUpgrade(info) is { } upgrade
            ? new UpgradeJson(upgrade.OwnerId, upgrade.Attached, OthersThanUpgrader(info).Select(static other => other.OwnerId), info.HolderCount - 1)
            : null,
        WaitReason.Find(info),
        info.Limit,
        info.LimitVersion,
        Of(info.Value),
        info.Pace?.TotalSeconds,
        info.Recent.Select(static recent => new RecentJson(
            RecentName.Of(recent.What), RecentName.Of(recent.Reason), recent.OwnerId, recent.FencingToken, recent.Ago.TotalSeconds)),
        ObstacleName.Of(info.FirstWaitsFor),
        info.Silo);

    /// <summary>The lock's state at a time, as one who watches it is told.</summary>
    public static WatchJson Of(string key, LockInfo info, DateTimeOffset at) => new(at.ToUniversalTime(), info.Known, info.Detail, info.Known ? Of(key, info) : null);

    /// <summary>The value as it was read.</summary>
    public static ValueReplyJson Of(string key, ValueReply reply) => new(key, Of(reply.Value), reply.Version);

    /// <summary>The value as a part of an object; its text only where it is one.</summary>
    public static ValueJson? Of(LockValue? value) => value is null ? null : new ValueJson(
        Utf8.IsValid(value.Bytes.AsSpan()) ? value.Text : null, Convert.ToBase64String(value.Bytes.AsSpan()), value.KeepFor?.TotalSeconds);

    /// <summary>The hold that waits to become exclusive; it is before the queue, not in it.</summary>
    public static WaiterInfo? FindUpgrade(LockInfo info) => info.Waiters.FirstOrDefault(static waiter => waiter.Ticket == 0);

    /// <summary>Those who wait in the queue, in order.</summary>
    public static IEnumerable<WaiterInfo> InLine(LockInfo info) => info.Waiters.Where(static waiter => waiter.Ticket != 0);

    /// <summary>Those for whom an upgrade waits. There is one upgradeable hold at a time, and only it can be upgraded.</summary>
    public static IEnumerable<HolderInfo> OthersThanUpgrader(LockInfo info) => info.Holders.Where(static holder => holder.Mode != LockMode.Upgradeable);

    private static HolderJson Of(HolderInfo holder) => new(
        holder.OwnerId,
        holder.FencingToken,
        holder.Lease.TotalSeconds,
        holder.ExpiresIn.TotalSeconds,
        HoldText.NameOf(holder.Mode),
        holder.Permits,
        holder.Limit,
        holder.PermitNumbers,
        holder.LockDelay.TotalSeconds,
        holder.IsHeldBack,
        holder.HeldFor.TotalSeconds,
        holder.SessionId);

    private static WaiterJson Of(WaiterInfo waiter, int place) => new(
        place,
        waiter.OwnerId,
        waiter.Ticket,
        waiter.Attached,
        HoldText.NameOf(waiter.Mode),
        waiter.Permits,
        waiter.Limit,
        waiter.WaitedFor.TotalSeconds,
        waiter.Estimate?.TotalSeconds,
        waiter.SessionId);
}
