using System.Collections.Immutable;
using System.Globalization;
using LockGrains.Cli.Commands;
using LockGrains.Cli.Waiting;
using LockGrains.Core;

namespace LockGrains.Cli.Watching;

/// <summary>The table of the locks of a prefix, as a terminal shows it: what updates have said so far. No time runs in it, so it shows since when.</summary>
internal sealed class PrefixTable
{
    // The titles, the line below the rows, and the cursor's own.
    private const int OtherLines = 3;

    private static readonly string[] Titles = ["KEY", "HELD BY", "TOKEN", "HELD SINCE", "WAITING"];

    private readonly SortedDictionary<string, (LockSummary Summary, DateTimeOffset Since)> _locks = new(StringComparer.Ordinal);
    private ImmutableArray<string> _missing = [];
    private string? _unknown;

    /// <summary>Takes what has changed.</summary>
    /// <param name="update">The update.</param>
    /// <param name="at">The local time.</param>
    public void Take(LockListUpdate update, DateTimeOffset at)
    {
        _unknown = update.Known ? null : update.Detail ?? "no reason given";
        if (!update.Known)
            return;
        _missing = update.SilosMissing;
        foreach (var summary in update.Changed)
            _locks[summary.Key] = (summary, at - summary.HeldFor);
        foreach (var key in update.Gone)
            _locks.Remove(key);
    }

    /// <summary>Draws as many rows as there is room for. No text of others is taken for an escape sequence.</summary>
    /// <param name="at">The local time.</param>
    /// <param name="height">The lines of the terminal.</param>
    public IReadOnlyList<string> Draw(DateTimeOffset at, int height)
    {
        var room = Math.Max(1, height - OtherLines);
        string[][] rows = [Titles, .. _locks.Values.Take(room).Select(static one => ToRow(one.Summary, one.Since))];
        return [.. TextTable.ToLines(rows), DescribeRest(at, _locks.Count - room)];
    }

    private static string[] ToRow(LockSummary summary, DateTimeOffset since) =>
    [
        WaitDisplay.Printable(summary.Key),
        ListText.DescribeHolders(summary),
        summary.HolderCount == 0 ? "-" : summary.FencingToken.ToString(CultureInfo.InvariantCulture),
        summary.HolderCount == 0 ? "-" : since.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        ListText.DescribeWaiting(summary),
    ];

    private string DescribeRest(DateTimeOffset at, int hidden)
    {
        List<string> parts = [string.Create(CultureInfo.InvariantCulture, $"{HoldText.Count(_locks.Count, "lock")} at {at:HH:mm:ss}")];
        if (hidden > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{hidden} more than fit"));
        if (!_missing.IsEmpty)
            parts.Add(ListText.DescribeMissing(_missing));
        if (_unknown is not null)
            parts.Add($"not known: {WaitDisplay.Printable(_unknown)}");
        return string.Join("; ", parts);
    }
}
