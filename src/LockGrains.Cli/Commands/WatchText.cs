using System.Globalization;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>The state of a lock that is watched, in a line.</summary>
internal static class WatchText
{
    /// <summary>A line with the time before it.</summary>
    public static string At(DateTimeOffset at, string line) => string.Create(CultureInfo.InvariantCulture, $"{at:HH:mm:ss.fff}  {line}");

    /// <summary>Who holds, how many wait, and what there is beside it: "held by alice, token 7; 2 wait".</summary>
    public static string ToLine(LockInfo info)
    {
        if (!info.Known)
            return $"not known: {info.Detail ?? "no reason given"}";
        List<string> parts = [DescribeHolders(info)];
        if (StatusReport.FindUpgrade(info) is { } upgrade)
            parts.Add($"{StatusText.Label(upgrade.OwnerId)} waits to become exclusive");
        if (info.QueueLength > 0)
            parts.Add(info.QueueLength == 1 ? "1 waits" : string.Create(CultureInfo.InvariantCulture, $"{info.QueueLength} wait"));
        if (info.Limit is { } limit)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"limit {limit}"));
        if (info.Value is { } value)
            parts.Add($"value {ValueText.ToLine(value)}");
        return string.Join("; ", parts);
    }

    /// <summary>One JSON object in one line: the time, and what <c>status --json</c> prints.</summary>
    public static string ToJson(string key, LockInfo info, DateTimeOffset at) =>
        JsonText.WriteLine(StatusReport.Of(key, info, at), JsonText.Default.WatchJson);

    /// <summary>A line for each lock of a prefix that has changed or is gone.</summary>
    public static IEnumerable<string> ToLines(LockListUpdate update, DateTimeOffset at)
    {
        if (!update.Known)
            return [$"{At(at, $"not known: {update.Detail ?? "no reason given"}")}\n"];
        return update.Changed.Select(ListText.ToLine).Concat(update.Gone.Select(ListText.ToGoneLine)).Select(line => $"{At(at, line)}\n");
    }

    /// <summary>The same as JSON objects. Where only the silos that reply have changed, and at the beginning where no lock is live, one line says so.</summary>
    public static IEnumerable<string> ToJsonLines(LockListUpdate update, DateTimeOffset at) =>
        ListReport.Of(update, at).Select(static one => JsonText.WriteLine(one, JsonText.Default.WatchPrefixJson));

    private static string DescribeHolders(LockInfo info) => info switch
    {
        { HolderCount: 0 } => "held by nobody",
        { Holders: [{ Mode: LockMode.Exclusive } holder] } =>
            string.Create(CultureInfo.InvariantCulture, $"held by {StatusText.Label(holder.OwnerId)}, token {holder.FencingToken}{(holder.IsHeldBack ? ", held back" : "")}"),
        _ => $"held by {HoldText.DescribeAll(info)}{StatusText.DescribePermits(info)}",
    };
}
