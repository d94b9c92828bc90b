using System.Text;

namespace LockGrains.Cli.Streams;

/// <summary>Standard output. What it cannot take is a failure of the command, with a line and an exit code of its own.</summary>
internal sealed class OutputWriter : TextWriter
{
    private readonly Stream? _stream;

    /// <summary>Makes one.</summary>
    /// <param name="stream">Where to write; null when it is closed.</param>
    public OutputWriter(Stream? stream) => _stream = stream;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void Write(char value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        var bytes = new byte[Encoding.GetMaxByteCount(buffer.Length)];
        WriteBytes(bytes.AsSpan(0, Encoding.GetBytes(buffer, bytes)));
    }

    /// <summary>Writes bytes as they are.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        if (_stream is null)
            throw Fail("it is closed", null);

        try
        {
            _stream.Write(bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Fail(Failure.FirstLine(exception), exception);
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write($"{value}\n");

    private static CliException Fail(string why, Exception? exception) =>
        new(ExitCode.OutputFailed, $"cannot write to standard output: {why}", exception);
}
