using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cluster.Tests;

/// <summary>Keeps what LockGrains logs.</summary>
public sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyCollection<LogEntry> Entries => _entries;

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _entries);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<LogEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => category.StartsWith("LockGrains.", StringComparison.Ordinal);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                entries.Enqueue(new LogEntry(logLevel, eventId.Name ?? "", formatter(state, exception), exception));
        }
    }
}

/// <summary>A line of a log.</summary>
public sealed record LogEntry(LogLevel Level, string Event, string Message, Exception? Exception);
