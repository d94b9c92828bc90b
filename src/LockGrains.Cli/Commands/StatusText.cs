using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LockGrains.Cli.Waiting;

namespace LockGrains.Cli.Commands;

/// <summary>A lock's state, for people and for programs.</summary>
internal static class StatusText
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// One JSON object, with durations in seconds. Members are added, never renamed: scripts read this.
    /// </summary>
    public static string ToJson(string key, LockInfo info)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented))
        {
            writer.WriteStartObject();
            writer.WriteString("key", key);
            writer.WriteBoolean("held", info.Holder is not null);
            WriteHolder(writer, info.Holder);
            writer.WriteNumber("queueLength", info.QueueLength);
            writer.WriteStartArray("waiters");
            for (var index = 0; index < info.Waiters.Length; index++)
            {
                var waiter = info.Waiters[index];
                writer.WriteStartObject();
                writer.WriteNumber("place", index + 1);
                writer.WriteString("owner", waiter.OwnerId);
                writer.WriteNumber("ticket", waiter.Ticket);
                writer.WriteBoolean("attached", waiter.Attached);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("lastFencingToken", info.LastFencingToken);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + Environment.NewLine;
    }

    /// <summary>A small table; owner labels are made harmless for a terminal.</summary>
    public static string ToTable(string key, LockInfo info)
    {
        var table = new StringBuilder();
        Row(table, "lock", WaitDisplay.Printable(key));
        if (info.Holder is { } holder)
        {
            Row(table, "held by", Label(holder.OwnerId));
            Row(table, "token", holder.FencingToken.ToString(CultureInfo.InvariantCulture));
            Row(table, "lease", $"{DurationText.Format(holder.Lease)}, ends in {DurationText.Format(holder.ExpiresIn)} unless renewed");
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

    private static void WriteHolder(Utf8JsonWriter writer, HolderInfo? holder)
    {
        if (holder is null)
        {
            writer.WriteNull("holder");
            return;
        }

        writer.WriteStartObject("holder");
        writer.WriteString("owner", holder.OwnerId);
        writer.WriteNumber("fencingToken", holder.FencingToken);
        writer.WriteNumber("leaseSeconds", holder.Lease.TotalSeconds);
        writer.WriteNumber("expiresInSeconds", holder.ExpiresIn.TotalSeconds);
        writer.WriteEndObject();
    }

    private static void Row(StringBuilder table, string name, string value) =>
        table.AppendLine(CultureInfo.InvariantCulture, $"{name,-11} {value}");

    private static string Label(string ownerId) => ownerId.Length == 0 ? "(no label)" : WaitDisplay.Printable(ownerId);
}
