using LockGrains.Cli.Commands;
using LockGrains.Core;
using Spectre.Console;

namespace LockGrains.Cli.Waiting;

/// <summary>A spinner with the place in line and the time waited, gone without a trace before the command starts.</summary>
internal sealed class TerminalWaitDisplay : WaitDisplay
{
    private readonly TextWriter _error;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StatusContext? _context;
    private Task? _shown;
    private string _line = "";

    public TerminalWaitDisplay(TextWriter error) => _error = error;

    /// <inheritdoc/>
    public override void Report(WaitProgress value)
    {
        var line = $"{Markup.Escape(Describe(value))} [grey]({DurationText.Format(WholeSeconds(value.Waited))}{DescribeEstimate(value.Estimate)})[/]";
        lock (_gate)
        {
            _line = line;
            // Begun with the first report: who gets the lock at once neither sees a flicker nor pays for loading the display.
            _shown ??= Task.Run(ShowAsync);
            _context?.Status(line);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _done.TrySetResult();
        Task? shown;
        lock (_gate)
        {
            shown = _shown;
        }

        // The command must find the cursor shown and the line cleared.
        await (shown ?? Task.CompletedTask);
    }

    private static string DescribeEstimate(TimeSpan? estimate) => estimate is { } left ? $", about {RecentText.Roughly(left)} to go" : "";

    private static TimeSpan WholeSeconds(TimeSpan waited) => TimeSpan.FromSeconds(Math.Floor(waited.TotalSeconds));

    private Task ShowAsync()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_error) });
        return console.Status().StartAsync(_line, context =>
        {
            lock (_gate)
            {
                _context = context;
                context.Status(_line);
            }

            return _done.Task;
        });
    }
}
