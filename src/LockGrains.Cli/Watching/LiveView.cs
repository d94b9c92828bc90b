using System.Text;

namespace LockGrains.Cli.Watching;

/// <summary>Shows on a terminal what is watched, in place: each state is drawn over the one before.</summary>
/// <param name="output">The terminal.</param>
/// <param name="height">How many lines it has now.</param>
internal sealed class LiveView(TextWriter output, Func<int> height)
{
    private int _drawn;

    /// <summary>How many lines there are to draw on.</summary>
    public int Height => height();

    /// <summary>A view of a terminal; null where lines have to do, because it is none or cannot move its cursor.</summary>
    public static LiveView? TryCreate(TextWriter output, bool isTerminal) =>
        isTerminal && Escapes.AreUnderstood(Escapes.Output) ? new LiveView(output, Escapes.FindHeight) : null;

    /// <summary>Draws each state until there is none, or until one throws; then the last stays, and the cursor is there again.</summary>
    public async Task ShowAsync<T>(IAsyncEnumerable<T> states, Func<T, IReadOnlyList<string>> draw)
    {
        output.Write(Escapes.HideCursor);
        try
        {
            await foreach (var state in states) Draw(draw(state));
        }
        finally
        {
            output.Write(Escapes.ShowCursor);
            output.Flush();
        }
    }

    private void Draw(IReadOnlyList<string> lines)
    {
        // The cursor is below the last line: one that does not fit would push the first out of reach.
        var room = Math.Max(1, Height - 1);
        var frame = new StringBuilder(Escapes.NoWrap).Append(Escapes.Up(_drawn));
        foreach (var line in lines.Count <= room ? lines : [.. lines.Take(room - 1), "..."])
            frame.Append(line).Append(Escapes.ClearLine).Append('\n');
        output.Write(frame.Append(Escapes.ClearBelow).Append(Escapes.Wrap).ToString());
        output.Flush();
        _drawn = Math.Min(lines.Count, room);
    }
}
