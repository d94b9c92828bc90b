using System.Globalization;
using System.Text;
using LockGrains.Cli.Waiting;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>A lock's state, for people and for programs.</summary>
internal static class StatusText
{
    // Whom an upgrade waits for is one line.
    private const int NamesMax = 3;

    /// <summary>One JSON object, with durations in seconds.</summary>
    public static string ToJson(string key, LockInfo info) => JsonText.Write(StatusReport.Of(key, info), JsonText.Default.StatusJson);

    /// <summary>A small table; owner labels are made harmless for a terminal.</summary>
    public static string ToTable(string key, LockInfo info)
    {
        var table = new StringBuilder();
        Row(table, "lock", WaitDisplay.Printable(key));
        if (info.Holders is [{ Mode: LockMode.Exclusive } holder])
            AddSoleHolder(table, holder);
        else
            AddHolders(table, info);
        if (info.Limit is { } limit)
            Row(table, "limit", limit.ToString(CultureInfo.InvariantCulture));
        if (info.Value is { } value)
            Row(table, "value", $"{ValueText.ToLine(value)}  ({ValueText.DescribeEnd(value)})");
        if (StatusReport.FindUpgrade(info) is { } upgrade)
            Row(table, "upgrade", $"{Label(upgrade.OwnerId)} waits for {NamesOfOthers(info)}; meanwhile nobody else is granted the lock");
        AddWaiters(table, info);
        if (info.Silo is { } silo)
            Row(table, "served by", WaitDisplay.Printable(silo));
        AddRecent(table, info);
        return table.ToString();
    }

    /// <summary>", 3 permits taken", where permits are of interest.</summary>
    internal static string DescribePermits(LockInfo info) =>
        info.Limit is not null || info.Holders.Any(HoldText.HasPermits) ? $", {HoldText.Count(info.PermitsTaken, "permit")} taken" : "";

    private static void AddSoleHolder(StringBuilder table, HolderInfo holder)
    {
        Row(table, "held by", Label(holder.OwnerId));
        Row(table, "held for", RecentText.InTwoUnits(holder.HeldFor));
        Row(table, "token", holder.FencingToken.ToString(CultureInfo.InvariantCulture));
        Row(table, "lease", $"{DurationText.Format(holder.Lease)}, {End(holder)}");
        if (holder.SessionId is { } session)
            Row(table, "session", $"{WaitDisplay.Printable(session)}; the hold ends with it");
    }

    private static void AddHolders(StringBuilder table, LockInfo info)
    {
        Row(table, "held by", info.Holders.IsEmpty ? "nobody" : HoldText.DescribeAll(info) + DescribePermits(info));
        foreach (var holder in info.Holders)
        {
            var lease = $"lease {DurationText.Format(holder.Lease)}, {End(holder)}";
            Item(table, $"{Label(holder.OwnerId)}  {HoldText.Describe(holder)}, token {holder.FencingToken}, for {RecentText.InTwoUnits(holder.HeldFor)}, {lease}{(holder.SessionId is { } session ? $", session {WaitDisplay.Printable(session)}" : "")}");
        }

        if (info.HolderCount > info.Holders.Length)
            Item(table, $"and {info.HolderCount - info.Holders.Length} more");
        Row(table, "last token", info.LastFencingToken == 0 ? "none kept" : info.LastFencingToken.ToString(CultureInfo.InvariantCulture));
    }

    private static void AddWaiters(StringBuilder table, LockInfo info)
    {
        Row(table, "waiting", info.QueueLength.ToString(CultureInfo.InvariantCulture));
        if (WaitReason.Find(info) is { } why)
            Row(table, "why", why);
        if (info is { QueueLength: > 0, Pace: { } pace })
            Row(table, "pace", $"one is granted about every {RecentText.Roughly(pace)}, the last in line in about {RecentText.Roughly(pace * info.QueueLength)}");
        WaiterInfo[] waiters = [.. StatusReport.InLine(info)];

        // Of a mutex everybody asks the same.
        var isMutex = info.Holders.All(static holder => holder.Mode == LockMode.Exclusive) && waiters.All(static waiter => waiter.Mode == LockMode.Exclusive);
        for (var index = 0; index < waiters.Length; index++)
        {
            var waiter = waiters[index];
            var asks = $"{(isMutex ? "" : $"{HoldText.Describe(waiter)}, ")}for {RecentText.InTwoUnits(waiter.WaitedFor)}";
            table.AppendLine(CultureInfo.InvariantCulture, $"  {index + 1,4}  {Label(waiter.OwnerId)}  {asks}{(waiter.Attached ? "" : "  (away)")}");
        }

        if (info.QueueLength > waiters.Length)
            Item(table, $"and {info.QueueLength - waiters.Length} more");
    }

    private static void AddRecent(StringBuilder table, LockInfo info)
    {
        if (info.Recent.IsEmpty)
            return;
        Row(table, "recent", RecentText.ToLine(info.Recent[0]));
        foreach (var recent in info.Recent.Skip(1))
            table.AppendLine(CultureInfo.InvariantCulture, $"{"",-11} {RecentText.ToLine(recent)}");
    }

    private static string NamesOfOthers(LockInfo info)
    {
        string[] names = [.. StatusReport.OthersThanUpgrader(info).Take(NamesMax).Select(static other => Label(other.OwnerId))];
        var rest = info.HolderCount - 1 - names.Length;
        return string.Join(", ", rest > 0 ? [.. names, $"{rest} more"] : names);
    }

    private static string End(HolderInfo holder) => holder.IsHeldBack
        ? $"ran out; its lock-delay ends in {DurationText.About(holder.ExpiresIn)}"
        : $"ends in {DurationText.About(holder.ExpiresIn)} unless renewed{(holder.LockDelay > TimeSpan.Zero ? $", lock-delay {DurationText.Format(holder.LockDelay)} included" : "")}";

    private static void Row(StringBuilder table, string name, string value) =>
        table.AppendLine(CultureInfo.InvariantCulture, $"{name,-11} {value}");

    private static void Item(StringBuilder table, string text) => table.AppendLine(CultureInfo.InvariantCulture, $"        {text}");

    /// <summary>An owner label, fit for a terminal.</summary>
    internal static string Label(string ownerId) => ownerId.Length == 0 ? "(no label)" : WaitDisplay.Printable(ownerId);
}
