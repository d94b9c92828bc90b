using System.Text;

namespace LockGrains.Benchmarks;

/// <summary>A table, for the screen and for Markdown.</summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public string Title => title;

    public void Add(string name, params double[] figures) => _rows.Add([name, .. figures.Select(Number.Text)]);

    public string ToText()
    {
        var widths = columns.Select((column, index) => _rows.Select(row => row[index].Length).Append(column.Length).Max()).ToArray();
        var text = new StringBuilder().AppendLine(title);
        foreach (var row in _rows.Prepend(columns))
            text.Append("  ").AppendJoin("  ", row.Select((cell, index) => index == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[index]))).AppendLine();
        return text.ToString();
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder().Append("| ").AppendJoin(" | ", columns).AppendLine(" |");
        text.Append('|').AppendJoin("|", columns.Select((_, index) => index == 0 ? "---" : "--:")).AppendLine("|");
        foreach (var row in _rows)
            text.Append("| ").AppendJoin(" | ", row).AppendLine(" |");
        return text.ToString();
    }
}
