using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LockGrains.Chaos.Tests;

/// <summary>A client that does exactly what a test says, and sees what really comes: no retries, no pool, no thread of its own.</summary>
internal sealed class RawRedisClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;

    private RawRedisClient(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream);
    }

    public static async Task<RawRedisClient> ConnectAsync(EndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint);
            return new RawRedisClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A command as clients write it.</summary>
    public static byte[] Encode(params string[] words)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"*{words.Length}\r\n"));
        foreach (var word in words)
            text.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public Task SendAsync(params string[] words) => SendBytesAsync(Encode(words));

    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes);

    public async Task<string> AskAsync(params string[] words)
    {
        await SendAsync(words);
        return await ReadAsync();
    }

    /// <summary>The next reply as it stands in the protocol, with | for each end of a line; empty at the end of the connection.</summary>
    /// <exception cref="IOException">The connection was reset.</exception>
    public async Task<string> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        while (true)
        {
            var read = await _reader.ReadAsync(patience.Token);
            var buffer = read.Buffer;
            if (RespFrame.TryTake(ref buffer, out var frame))
            {
                _reader.AdvanceTo(buffer.Start);
                return Encoding.UTF8.GetString(frame).Replace("\r\n", "|", StringComparison.Ordinal);
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                return "";
        }
    }

    public async Task<SocketError> ReadErrorAsync()
    {
        var exception = await Assert.ThrowsAsync<IOException>(ReadAsync);
        return Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode;
    }

    /// <summary>Says that it will send nothing more.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _stream.DisposeAsync();
    }
}
