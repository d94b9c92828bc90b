using Microsoft.Extensions.Logging;

namespace LockGrains.Cli.Connecting;

/// <summary>Makes <see cref="LineLogger"/>s.</summary>
internal sealed class LineLoggerProvider : ILoggerProvider
{
    private readonly TextWriter _writer;

    public LineLoggerProvider(TextWriter writer) => _writer = TextWriter.Synchronized(writer);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, _writer);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
