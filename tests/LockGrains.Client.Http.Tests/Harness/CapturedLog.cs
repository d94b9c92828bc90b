using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Http.Tests.Harness;

/// <summary>Everything that was logged, as text.</summary>
internal sealed class CapturedLog : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(LogLevel Level, string Text)> _lines = [];
    private readonly List<(Func<(LogLevel Level, string Text), bool> IsIt, TaskCompletionSource Logged)> _waits = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Lines
    {
        get { lock (_gate) return [.. _lines]; }
    }

    /// <summary>Completes when such a line is logged.</summary>
    public Task WhenAsync(Func<(LogLevel Level, string Text), bool> isIt)
    {
        var logged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _waits.Add((isIt, logged));
        return logged.Task;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state is IEnumerable<KeyValuePair<string, object?>> named ? string.Join(' ', named.Select(static one => $"{one.Key}={one.Value}")) : "";
        var line = (logLevel, $"{formatter(state, exception)} {exception} {values}");
        lock (_gate)
        {
            _lines.Add(line);
            foreach (var wait in _waits.Where(wait => wait.IsIt(line)))
                wait.Logged.TrySetResult();
        }
    }

    public void Dispose()
    {
    }
}
