using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Http.Tests.Harness;

/// <summary>Everything that was logged, as text.</summary>
internal sealed class CapturedLog : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Lines
    {
        get { lock (_gate) return [.. _lines]; }
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
        lock (_gate) _lines.Add((logLevel, $"{formatter(state, exception)} {exception}"));
    }

    public void Dispose()
    {
    }
}
