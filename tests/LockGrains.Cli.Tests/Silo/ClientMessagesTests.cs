using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using LockGrains.Silo.Clients;
using Orleans.Serialization.Buffers;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>
/// What a client sends is passed on as it is, however it comes in pieces, and a client that passes for a silo is cut off. That the messages of Orleans' own client are
/// of this form, LocksOnlyTests shows with real ones.
/// </summary>
public sealed class ClientMessagesTests
{
    private const string Client = "sys.client";
    private const string Lock = "lockgrains.lock";
    private const uint Request = 1 << 16;
    private const uint Response = 2 << 16;
    private const uint OneWay = 3 << 16;
    private const uint HasPlacesOfGrains = 1 << 7;

    private static readonly IPEndPoint Gateway = IPEndPoint.Parse("10.0.0.1:30000");

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
    [InlineData(Lock, "report")]
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
    [InlineData(Request, Lock, null, null)]
    [InlineData(OneWay, Lock, "10.0.0.9:11111", null)]
    [InlineData(Request, "sys.svc.clustermanifest", "10.0.0.1:30000", null)]
    [InlineData(Request, "sys.svc.clustermanifest", "127.0.0.1:30000", null)]
    [InlineData(Response, Lock, null, "a message is no request.")]
    [InlineData(0u, Lock, null, "a message is no request.")]
    [InlineData(Request | HasPlacesOfGrains, Lock, null, "a message says where grains are.")]
    [InlineData(Request, Client, null, "a message is for a client.")]
    [InlineData(Request, "sys.svc.clustermanifest", "10.0.0.9:30000", "a message is for Orleans itself on another silo.")]
    [InlineData(Request, "sys.svc.clustermanifest", "10.0.0.1:11111", "a message is for Orleans itself on another silo.")]
    [InlineData(OneWay, "sys.svc.clustermanifest", "127.0.0.1:11111", "a message is for Orleans itself on another silo.")]
    [InlineData(Request, "sys.svc.clustermanifest", null, "a message is for Orleans itself on another silo.")]
    public async Task Read_MessageOfAClient_IsOneOfThoseThatClientsSend(uint flags, string target, string? silo, string? problem)
    {
        var reader = Open("cluster");
        byte[] sent = [.. Preamble("cluster"), .. Message(MakeHeader(flags, Client, "4711", target, silo), 5)];
        await _pipe.Writer.WriteAsync(sent);
        await _pipe.Writer.CompleteAsync();

        if (problem is null)
            Assert.Equal(sent, await ReadAsync(reader));
        else
            await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(reader));
        Assert.Equal(problem is null ? [] : [problem], _refused);
    }

    /// <summary>Wherever a header ends too soon, nothing is believed of it.</summary>
    [Fact]
    public void FindProblem_HeaderThatEndsTooSoon_IsFound()
    {
        var header = MakeHeader(Request, Client, "4711", "sys.svc.clustermanifest", $"{Gateway}");

        Assert.Null(ClientHeader.FindProblem(header, Gateway));
        for (var length = 0; length < header.Length; length++)
            Assert.NotNull(ClientHeader.FindProblem(header[..length], Gateway));
    }

    [Theory]
    [InlineData(ClientHeader.SizeMax + 1, 0)]
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

    private ClientMessages Open(string clusterId) => new(_pipe.Reader, clusterId, Gateway, _refused.Add);

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

    private static byte[] Message(string type, string key, int bodySize) => Message(MakeHeader(Request, type, key, Lock, silo: null), bodySize);

    private static byte[] Message(byte[] header, int bodySize) =>
        [.. Length(header.Length), .. Length(bodySize), .. header, .. Enumerable.Repeat((byte)7, bodySize)];

    private static byte[] MakeHeader(uint flags, string type, string key, string target, string? silo)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = Writer.Create(bytes, session: null!);
        writer.WriteUInt32(flags);
        writer.WriteInt64(4711);
        WriteName(ref writer, type);
        WriteName(ref writer, key);
        WriteName(ref writer, target);
        WriteName(ref writer, "report");
        WriteSilo(ref writer, silo: null);
        WriteSilo(ref writer, silo);
        writer.Commit();
        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteName(ref Writer<ArrayBufferWriter<byte>> writer, string text)
    {
        writer.WriteVarUInt32((uint)text.Length);
        if (text.Length == 0)
            return;
        writer.WriteInt32(4711);
        writer.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void WriteSilo(ref Writer<ArrayBufferWriter<byte>> writer, string? silo)
    {
        if (silo is null)
        {
            writer.WriteVarUInt32(0);
            return;
        }

        var (place, bytes) = (IPEndPoint.Parse(silo), new ArrayBufferWriter<byte>());
        var inner = Writer.Create(bytes, session: null!);
        inner.WriteInt32(4711);
        var address = place.Address.GetAddressBytes();
        inner.WriteVarUInt32((uint)address.Length);
        inner.Write(address);
        inner.WriteVarUInt32((uint)place.Port);
        inner.WriteInt32(0);
        inner.Commit();
        writer.WriteVarUInt32((uint)bytes.WrittenCount);
        writer.Write(bytes.WrittenSpan);
    }

    private static byte[] Length(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return bytes;
    }
}
