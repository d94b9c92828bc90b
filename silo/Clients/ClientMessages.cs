using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;

namespace LockGrains.Silo.Clients;

/// <summary>
/// What a client sends, as far as it has been checked: that the header of each message is that of a client (<see cref="ClientHeader"/>), and that no message is larger
/// than those of clients are.
/// </summary>
/// <remarks>
/// A connection begins with a preamble: its length in 4 bytes, and its text. Then there are messages: the lengths of header and body in 4 bytes each, header, body.
/// Orleans takes whole messages, so what is left begins with one.
/// </remarks>
/// <param name="inner">What arrives.</param>
/// <param name="clusterId">The cluster's id, which is in the preamble.</param>
/// <param name="gateway">The address of this silo's gateway.</param>
/// <param name="refuse">Told why the connection is closed.</param>
internal sealed class ClientMessages(PipeReader inner, string clusterId, IPEndPoint gateway, Action<string> refuse) : PipeReader
{
    /// <summary>The largest body of a client's message, in bytes. A heartbeat of 256 requests with the longest keys is a thirtieth of it.</summary>
    public const int BodyMax = 4 * 1024 * 1024;

    private const int LengthSize = sizeof(int);
    private const int FrameSize = 2 * LengthSize;

    private ReadOnlySequence<byte> _all;
    private ReadOnlySequence<byte> _shown;
    private bool _hasPreamble;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The client sent what no client sends.</exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Show(await inner.ReadAsync(cancellationToken));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The client sent what no client sends.</exception>
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        result = Show(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!_hasPreamble && _all.GetOffset(consumed) > _all.GetOffset(_all.Start))
        {
            // What came with the preamble has not been looked at: it is next, though nothing more arrives.
            _hasPreamble = true;
            inner.AdvanceTo(consumed);
            return;
        }

        // What was not shown is a piece of a header: more of it must come before anything can be said.
        var sawAll = _all.GetOffset(examined) >= _all.GetOffset(_shown.End);
        inner.AdvanceTo(consumed, sawAll ? _all.End : examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Show(ReadResult read)
    {
        _all = read.Buffer;
        var (length, problem) = _hasPreamble ? CheckMessages(_all) : CheckPreamble(_all);
        if (problem is not null)
        {
            inner.AdvanceTo(_all.Start);
            refuse(problem);
            throw new InvalidDataException(problem);
        }

        _shown = _all.Slice(0, length);

        // Nothing more arrives, but there is more than the preamble.
        var isMoreToShow = !_hasPreamble && length > 0 && length < _all.Length;
        return new ReadResult(_shown, read.IsCanceled, read.IsCompleted && !isMoreToShow);
    }

    // Whoever has a silo's name here is sent what is meant for that silo. It is looked for as text: Orleans alone can read a preamble.
    private (long Length, string? Problem) CheckPreamble(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < LengthSize)
            return (buffer.Length, null);
        var size = ReadInt32(buffer, 0);
        if (size is < 0 or > ClientHeader.SizeMax)
            return (0, "its preamble is too large.");
        if (buffer.Length < LengthSize + size)
            return (0, null);
        var preamble = buffer.Slice(LengthSize, size).ToArray();
        return Count(preamble) > Count(System.Text.Encoding.UTF8.GetBytes(clusterId)) ? (0, "it has the name of a silo.") : (LengthSize + size, null);
    }

    private (long Length, string? Problem) CheckMessages(ReadOnlySequence<byte> buffer)
    {
        for (var start = 0L; ;)
        {
            if (buffer.Length - start < FrameSize)
                return (start, null);
            var (header, body) = (ReadInt32(buffer, start), ReadInt32(buffer, start + LengthSize));
            if (header is <= 0 or > ClientHeader.SizeMax || body is < 0 or > BodyMax)
                return (0, $"a message has a header of {header} bytes and a body of {body}; those of clients have at most {ClientHeader.SizeMax} and {BodyMax}.");
            if (buffer.Length - start < FrameSize + header)
                return (start, null);
            if (ClientHeader.FindProblem(buffer.Slice(start + FrameSize, header).ToArray(), gateway) is { } problem)
                return (0, problem);
            start += FrameSize + header + body;
            if (start >= buffer.Length)
                return (buffer.Length, null);
        }
    }

    private static int ReadInt32(ReadOnlySequence<byte> buffer, long offset)
    {
        Span<byte> bytes = stackalloc byte[LengthSize];
        buffer.Slice(offset, LengthSize).CopyTo(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    private static int Count(ReadOnlySpan<byte> text)
    {
        var count = 0;
        for (var at = text.IndexOf(ClientHeader.HostedKey); at >= 0; at = text.IndexOf(ClientHeader.HostedKey))
        {
            count++;
            text = text[(at + ClientHeader.HostedKey.Length)..];
        }

        return count;
    }
}
