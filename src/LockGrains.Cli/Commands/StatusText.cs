using System.Globalization;
using System.Text;
using LockGrains.Cli.Waiting;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>A lock's state, for people and for programs.</summary>
internal static class StatusText
{
    /// <summary>One JSON object, with durations in seconds.</summary>
    public static string ToJson(string key, LockInfo info) => JsonText.Write(
        new StatusJson(
            key,
            info.Holder is not null,
            info.Holder is { } holder ? new HolderJson(holder.OwnerId, holder.FencingToken, holder.Lease.TotalSeconds, holder.ExpiresIn.TotalSeconds) : null,
            info.QueueLength,
            info.Waiters.Select((waiter, index) => new WaiterJson(index + 1, waiter.OwnerId, waiter.Ticket, waiter.Attached)),
            info.LastFencingToken),
        JsonText.Members.StatusJson);

    /// <summary>A small table; owner labels are made harmless for a terminal.</summary>
    public static string ToTable(string key, LockInfo info)
    {
        var table = new StringBuilder();
        Row(table, "lock", WaitDisplay.Printable(key));
        if (info.Holder is { } holder)
        {
            Row(table, "held by", Label(holder.OwnerId));
            Row(table, "token", holder.FencingToken.ToString(CultureInfo.InvariantCulture));
            Row(table, "lease", $"{DurationText.Format(holder.Lease)}, ends in {DurationText.About(holder.ExpiresIn)} unless renewed");
        }
        else
        {
            Row(table, "held by", "nobody");
            Row(table, "last token", info.LastFencingToken == 0 ? "none yet" : info.LastFencingToken.ToString(CultureInfo.InvariantCulture));
        }

        Row(table, "waiting", info.QueueLength.ToString(CultureInfo.InvariantCulture));
        for (var index = 0; index < info.Waiters.Length; index++)
        {
            var waiter = info.Waiters[index];
            table.AppendLine(CultureInfo.InvariantCulture, $"  {index + 1,4}  {Label(waiter.OwnerId)}{(waiter.Attached ? "" : "  (away)")}");
        }

        if (info.QueueLength > info.Waiters.Length)
        {
            table.AppendLine(CultureInfo.InvariantCulture, $"        and {info.QueueLength - info.Waiters.Length} more");
        }

        return table.ToString();
    }

    private static void Row(StringBuilder table, string name, string value) =>
        table.AppendLine(CultureInfo.InvariantCulture, $"{name,-11} {value}");

    private static string Label(string ownerId) => ownerId.Length == 0 ? "(no label)" : WaitDisplay.Printable(ownerId);
}
