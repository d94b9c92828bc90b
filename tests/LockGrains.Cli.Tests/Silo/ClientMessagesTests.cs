using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using LockGrains.Silo.Clients;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>
/// What a client sends is passed on as it is, however it comes in pieces, and a client that passes for a silo is cut off. That the messages of Orleans' own client are
/// of this form, TlsTests shows with real ones.
/// </summary>
public sealed class ClientMessagesTests
{
    private const string Client = "sys.client";

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly List<string> _refused = [];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Read_MessagesOfAClient_AreTheSameInWhateverPieces(int piece)
    {
        byte[] sent = [.. Preamble("cluster"), .. Message(Client, "4711", 5), .. Message(Client, "4711", 0), .. Message(Client, "4712", 300)];
        var reader = Open("cluster");
        var received = ReadAsync(reader);
        foreach (var part in sent.Chunk(piece))
            await _pipe.Writer.WriteAsync(part);
        await _pipe.Writer.CompleteAsync();

        Assert.Equal(sent, await received);
        Assert.Empty(_refused);
    }

    [Theory]
    [InlineData("sys.svc.clustermanifest", "127.0.0.1:11111@1")]
    [InlineData("lockgrains.lock", "report")]
    [InlineData(Client, "hosted-127.0.0.1:11111@1")]
    [InlineData("sys.client2", "4711")]
    [InlineData("", "")]
    public async Task Read_MessageOfSomebodyElse_EndsTheConnection(string type, string key)
    {
        var reader = Open("cluster");
        await _pipe.Writer.WriteAsync((byte[])[.. Preamble("cluster"), .. Message(Client, "4711", 5), .. Message(type, key, 5)]);
        await _pipe.Writer.CompleteAsync();

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(reader));
        Assert.Equal(["a message says that it does not come from a client."], _refused);
    }

    [Theory]
    [InlineData(ClientMessages.HeaderMax + 1, 0)]
    [InlineData(100, ClientMessages.BodyMax + 1)]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(100, -1)]
    public async Task Read_MessageOfAWrongSize_EndsTheConnectionBeforeItHasCome(int header, int body)
    {
        var reader = Open("cluster");
        await _pipe.Writer.WriteAsync((byte[])[.. Preamble("cluster"), .. Length(header), .. Length(body)]);

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(reader));
        Assert.Contains($"a header of {header} bytes and a body of {body}", Assert.Single(_refused), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hosted-127.0.0.1:11111@1", "cluster", true)]
    [InlineData("4711 of hosted-eu", "hosted-eu", false)]
    [InlineData("hosted-127.0.0.1:11111@1 of hosted-eu", "hosted-eu", true)]
    public async Task Read_PreambleWithTheNameOfASilo_EndsTheConnection(string preamble, string clusterId, bool isRefused)
    {
        var reader = Open(clusterId);
        await _pipe.Writer.WriteAsync(Preamble(preamble));
        await _pipe.Writer.CompleteAsync();

        var exception = await Record.ExceptionAsync(() => ReadAsync(reader));

        Assert.Equal(isRefused, exception is InvalidDataException);
        Assert.Equal(isRefused ? ["it has the name of a silo."] : [], _refused);
    }

    private ClientMessages Open(string clusterId) => new(_pipe.Reader, clusterId, _refused.Add);

    /// <summary>Reads as Orleans does: first the preamble, and then whole messages.</summary>
    private static async Task<byte[]> ReadAsync(PipeReader reader)
    {
        var received = new List<byte>();
        var isPreamble = true;
        while (true)
        {
            var read = await reader.ReadAsync().AsTask().WaitAsync(TestProcess.Guard);
            var buffer = read.Buffer;
            while (TakeOne(ref buffer, isPreamble) is { } one)
            {
                received.AddRange(one);
                isPreamble = false;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                return [.. received];
        }
    }

    private static byte[]? TakeOne(ref ReadOnlySequence<byte> buffer, bool isPreamble)
    {
        var lengths = isPreamble ? 1 : 2;
        if (buffer.Length < 4 * lengths)
            return null;
        var head = buffer.Slice(0, 4 * lengths).ToArray();
        var size = 4 * lengths + Enumerable.Range(0, lengths).Sum(index => BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4 * index)));
        if (buffer.Length < size)
            return null;
        var one = buffer.Slice(0, size).ToArray();
        buffer = buffer.Slice(size);
        return one;
    }

    private static byte[] Preamble(string text) => [.. Length(text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Message(string type, string key, int bodySize)
    {
        byte[] header = [.. new byte[12], .. Name(type), .. Name(key), 1, 2, 3];
        return [.. Length(header.Length), .. Length(bodySize), .. header, .. Enumerable.Repeat((byte)7, bodySize)];
    }

    // Orleans marks a number of 7 bits by its lowest bit.
    private static byte[] Name(string text) =>
        text.Length == 0 ? [1] : [(byte)((text.Length << 1) | 1), .. Length(4711), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Length(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return bytes;
    }
}
