using LockGrains.Cli.Commands;
using LockGrains.Cli.Streams;
using LockGrains.Cli.Watching;
using LockGrains.Core;

namespace LockGrains.Cli.Waiting;

/// <summary>A spinner with the place in line and the time waited, gone before the command starts. Whoever saw it is told in a line that the locks are held.</summary>
internal sealed class TerminalWaitDisplay : WaitDisplay
{
    private const string Spinner = "|/-\\";

    private static readonly TimeSpan EraseWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(125);

    private readonly TextWriter _error;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private string _line = "";
    private int _turn;
    private bool _isOver;
    private string _end = "";

    public TerminalWaitDisplay(TextWriter error, TimeProvider timeProvider)
    {
        _error = error;
        _timeProvider = timeProvider;
    }

    /// <inheritdoc/>
    public override void Report(WaitProgress value)
    {
        lock (_gate)
        {
            if (_isOver)
                return;

            _line = $"{Describe(value)} ({DurationText.Format(WholeSeconds(value.Waited))}{DescribeEstimate(value.Estimate)})";

            // Begun with the first report: who gets the lock at once sees no flicker.
            if (_timer is null)
                _error.Write(Escapes.HideCursor);
            _timer ??= _timeProvider.CreateTimer(static display => ((TerminalWaitDisplay)display!).Turn(), this, Period, Period);
            Draw();
        }
    }

    /// <inheritdoc/>
    public override void EndHeld(string locks)
    {
        lock (_gate)
            _end = $"lockgrains: holding {Printable(locks)}{Environment.NewLine}";
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isOver = true;

            // The command must find the cursor shown and the line cleared.
            if (_timer is not null)
                Write($"\r{Escapes.ClearLine}{_end}{Escapes.ShowCursor}");
            _timer?.Dispose();
        }

        // Notices are written by another thread: an erase that came later would take the command's first line away.
        (_error as NoticeWriter)?.Finish(EraseWait);
        return ValueTask.CompletedTask;
    }

    private static string DescribeEstimate(TimeSpan? estimate) => estimate is { } left ? $", about {RecentText.Roughly(left)} to go" : "";

    private static TimeSpan WholeSeconds(TimeSpan waited) => TimeSpan.FromSeconds(Math.Floor(waited.TotalSeconds));

    private void Turn()
    {
        lock (_gate)
        {
            if (_isOver)
                return;

            _turn++;
            Draw();
        }
    }

    private void Draw() => Write($"\r{Escapes.NoWrap}{Spinner[_turn % Spinner.Length]} {_line}{Escapes.ClearLine}{Escapes.Wrap}");

    private void Write(string text)
    {
        _error.Write(text);
        _error.Flush();
    }
}
