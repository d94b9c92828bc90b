using System.Text;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Streams;

/// <summary>
/// What lockgrains has to tell its user on standard error. Telling never throws and never blocks, whatever the stream is: closed, on a
/// full disk, or a pipe that nobody reads. A thread of its own writes; what it cannot take is dropped.
/// </summary>
internal sealed class NoticeWriter : TextWriter
{
    /// <summary>The most that waits to be written, in characters.</summary>
    public const int Capacity = 64 * 1024;

    private readonly object _gate = new();
    private readonly Stream? _stream;
    private readonly Queue<string> _waiting = [];
    private readonly StringBuilder _line = new();
    private int _size;
    private bool _isWriting;
    private bool _isStarted;

    /// <summary>Makes one.</summary>
    /// <param name="stream">Where to write; null for nowhere.</param>
    public NoticeWriter(Stream? stream) => _stream = stream;

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>How many pieces were dropped.</summary>
    public int Dropped { get; private set; }

    /// <inheritdoc/>
    public override void Write(char value)
    {
        lock (_gate)
        {
            _line.Append(value);
            if (value == '\n')
                Enqueue();
        }
    }

    /// <inheritdoc/>
    public override void Write(string? value) => Write(value.AsSpan());

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            _line.Append(buffer);
            if (buffer.Contains('\n') || _line.Length > Capacity)
                Enqueue();
        }
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write($"{value}\n");

    /// <inheritdoc/>
    public override void Flush()
    {
        lock (_gate) Enqueue();
    }

    /// <summary>Waits until all is written, but no longer than this.</summary>
    public void Finish(TimeSpan patience)
    {
        Flush();
        var startedAt = TimeProvider.System.GetTimestamp();
        lock (_gate)
        {
            while ((_isWriting || _waiting.Count > 0) && TimeProvider.System.GetElapsedTime(startedAt) is var elapsed && elapsed < patience)
                Monitor.Wait(_gate, patience - elapsed);
        }
    }

    private void Enqueue()
    {
        if (_line.Length == 0)
            return;

        var text = _line.ToString();
        _line.Clear();
        if (_stream is null || _size + text.Length > Capacity)
        {
            Dropped++;
            return;
        }

        _waiting.Enqueue(text);
        _size += text.Length;
        if (!_isStarted)
            new Thread(Run) { IsBackground = true, Name = "notices" }.Start();
        _isStarted = true;
        Monitor.PulseAll(_gate);
    }

    private void Run()
    {
        // A terminal may stop whoever writes to it in the background. Stopped, lockgrains would lose its lock.
        using var blocked = OperatingSystem.IsWindows() ? null : new BlockedSignal(Posix.SigTtou);
        while (true)
        {
            string text;
            lock (_gate)
            {
                _isWriting = false;
                Monitor.PulseAll(_gate);
                while (_waiting.Count == 0)
                    Monitor.Wait(_gate);
                text = _waiting.Dequeue();
                _size -= text.Length;
                _isWriting = true;
            }

            try
            {
                _stream!.Write(Encoding.GetBytes(text));
                _stream.Flush();
            }
            catch (Exception)
            {
                // Nobody can be told that nobody can be told.
            }
        }
    }
}
