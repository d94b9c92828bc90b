using System.Globalization;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests.Fakes;

/// <summary>A log that a test can wait on.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(int Id, LogLevel Level, string Text)> _entries = [];
    private readonly List<(int Id, TaskCompletionSource<string> Logged)> _waits = [];

    public IReadOnlyList<(int Id, LogLevel Level, string Text)> Entries
    {
        get { lock (_gate) return [.. _entries]; }
    }

    public Task<string> WhenLoggedAsync(int id)
    {
        var logged = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            foreach (var entry in _entries)
                if (entry.Id == id)
                    logged.TrySetResult(entry.Text);
            _waits.Add((id, logged));
        }

        return logged.Task.OrTimeoutAsync(string.Create(CultureInfo.InvariantCulture, $"log event {id}"));
    }

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_gate)
        {
            var text = formatter(state, exception);
            _entries.Add((eventId.Id, logLevel, text));
            foreach (var (id, logged) in _waits)
                if (id == eventId.Id)
                    logged.TrySetResult(text);
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
