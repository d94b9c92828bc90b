using Spectre.Console;
using Spectre.Console.Rendering;

namespace LockGrains.Cli.Watching;

/// <summary>Shows on a terminal what is watched, in place: each state is drawn over the one before.</summary>
internal sealed class LiveView(IAnsiConsole console)
{
    /// <summary>How many lines there are to draw on.</summary>
    public int Height => console.Profile.Height;

    /// <summary>A view of a terminal; null where lines have to do, because it is none or cannot move its cursor.</summary>
    public static LiveView? TryCreate(TextWriter output, bool isTerminal)
    {
        if (!isTerminal)
            return null;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        return console.Profile.Capabilities.Ansi ? new LiveView(console) : null;
    }

    /// <summary>Draws each state until there is none, or until one throws; then the last stays, and the cursor is there again.</summary>
    public Task ShowAsync<T>(IAsyncEnumerable<T> states, Func<T, IRenderable> draw) =>
        console.Live(new Text("")).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(async live =>
        {
            await foreach (var state in states)
                live.UpdateTarget(draw(state));
        });
}
