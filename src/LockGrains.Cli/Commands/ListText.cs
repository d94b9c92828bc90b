using System.Globalization;
using LockGrains.Cli.Waiting;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>Live locks, for people and for programs.</summary>
internal static class ListText
{
    private static readonly string[] Titles = ["KEY", "HELD BY", "TOKEN", "HELD FOR", "ENDS IN", "WAITING", "LONGEST WAIT"];

    /// <summary>A table with aligned columns, a row for each lock; labels are made harmless for a terminal.</summary>
    public static string ToTable(IEnumerable<LockSummary> locks) =>
        string.Concat(TextTable.ToLines([Titles, .. locks.Select(ToRow)]).Select(static line => $"{line}{Environment.NewLine}"));

    /// <summary>One JSON object in one line, with durations in seconds.</summary>
    public static string ToJson(LockSummary summary) => JsonText.WriteLine(ListReport.Of(summary), JsonText.Default.ListedJson);

    /// <summary>A lock in a line: "orders/42  held by alice, token 7; 2 wait".</summary>
    public static string ToLine(LockSummary summary)
    {
        var token = summary.HolderCount == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", token {summary.FencingToken}");
        var waiting = IsWaitedFor(summary) ? $"; {DescribeWaiting(summary)} {(summary.QueueLength > 1 || (summary.IsUpgrading && summary.QueueLength > 0) ? "wait" : "waits")}" : "";
        return $"{WaitDisplay.Printable(summary.Key)}  held by {DescribeHolders(summary)}{token}{waiting}";
    }

    /// <summary>A lock that is gone from the list.</summary>
    public static string ToGoneLine(string key) => $"{WaitDisplay.Printable(key)}  held by nobody";

    /// <summary>Who holds, and what of it: "alice", "alice and 2 more, shared", "alice, 2 of 3 permits".</summary>
    public static string DescribeHolders(LockSummary summary)
    {
        if (summary.HolderCount == 0)
            return "nobody";
        var more = summary.HolderCount == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" and {summary.HolderCount - 1} more");
        return $"{StatusText.Label(summary.OwnerId)}{more}{DescribeShare(summary)}{(summary.IsHeldBack ? ", held back" : "")}";
    }

    /// <summary>How many wait: "2", "an upgrade", "2 and an upgrade".</summary>
    public static string DescribeWaiting(LockSummary summary) => (summary.QueueLength, summary.IsUpgrading) switch
    {
        (0, true) => "an upgrade",
        (var count, true) => string.Create(CultureInfo.InvariantCulture, $"{count} and an upgrade"),
        (var count, false) => count.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Names the silos that did not reply, in a line.</summary>
    public static string DescribeMissing(IReadOnlyCollection<string> silos) =>
        $"no reply from {string.Join(", ", silos.Select(WaitDisplay.Printable))}";

    private static bool IsWaitedFor(LockSummary summary) => summary.QueueLength > 0 || summary.IsUpgrading;

    private static string DescribeShare(LockSummary summary) => summary.Mode switch
    {
        LockMode.Exclusive => "",
        LockMode.Shared when summary.Limit is { } limit => string.Create(CultureInfo.InvariantCulture, $", {summary.PermitsTaken} of {limit} permits"),
        LockMode.Shared when summary.PermitsTaken > summary.HolderCount => $", {HoldText.Count(summary.PermitsTaken, "permit")}",
        _ => $", {HoldText.NameOf(summary.Mode)}",
    };

    private static string[] ToRow(LockSummary summary) =>
    [
        WaitDisplay.Printable(summary.Key),
        DescribeHolders(summary),
        summary.HolderCount == 0 ? "-" : summary.FencingToken.ToString(CultureInfo.InvariantCulture),
        summary.HolderCount == 0 ? "-" : RecentText.Roughly(summary.HeldFor),
        summary.HolderCount == 0 ? "-" : RecentText.Roughly(summary.ExpiresIn),
        DescribeWaiting(summary),
        IsWaitedFor(summary) ? RecentText.Roughly(summary.LongestWait) : "-",
    ];
}
