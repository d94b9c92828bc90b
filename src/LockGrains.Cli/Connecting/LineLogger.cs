using Microsoft.Extensions.Logging;

namespace LockGrains.Cli.Connecting;

/// <summary>Writes log entries as plain lines, for <c>--verbose</c>.</summary>
internal sealed class LineLogger : ILogger
{
    private readonly string _category;
    private readonly TextWriter _writer;

    public LineLogger(string category, TextWriter writer)
    {
        _category = category;
        _writer = writer;
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var entry = $"lockgrains: {logLevel}: {_category}: {formatter(state, exception)}";
        _writer.WriteLine(exception is null ? entry : $"{entry}{Environment.NewLine}{exception}");
    }
}
