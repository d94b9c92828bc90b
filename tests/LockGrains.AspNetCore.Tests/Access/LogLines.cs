using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>All that is logged, at every level, in the order in which it came.</summary>
internal sealed class LogLines : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> All => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(LogLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines._lines.Enqueue(new LogLine(category, eventId.Id, logLevel, $"{formatter(state, exception)}{exception}"));
    }
}

internal sealed record LogLine(string Category, int Id, LogLevel Level, string Text);
