namespace LockGrains.Cli.Commands;

/// <summary>Rows of text with aligned columns.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <summary>A line for each row.</summary>
    /// <param name="rows">The rows, of which all have as many cells. There is at least one.</param>
    public static IEnumerable<string> ToLines(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];
        return rows.Select(row => string.Join(Gap, row.Select((cell, column) => column < row.Length - 1 ? cell.PadRight(widths[column]) : cell)));
    }
}
