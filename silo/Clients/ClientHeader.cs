using System.Net;
using Orleans.Serialization.Buffers;

namespace LockGrains.Silo.Clients;

/// <summary>
/// What the header of a message that comes through the gateway may say: that a client asks something of a grain. By itself Orleans believes a header. It could say that a silo
/// asks, or replies; that a grain is elsewhere; or to which silo this one is to connect, which would then be believed in turn.
/// </summary>
/// <remarks>A header begins with 4 bytes of flags and 8 of a number. The sender and the target follow, each a type and a key, and then the silo of each.</remarks>
internal static class ClientHeader
{
    /// <summary>The largest, in bytes. It has names, and what a trace needs.</summary>
    public const int SizeMax = 64 * 1024;

    private const uint HasPlacesOfGrains = 1 << 7;
    private const int DirectionShift = 16;
    private const uint DirectionMask = 0xF;
    private const uint Request = 1;
    private const uint OneWay = 3;

    private static ReadOnlySpan<byte> ClientType => "sys.client"u8;

    private static ReadOnlySpan<byte> TypeOfOrleans => "sys.svc."u8;

    /// <summary>A silo's own calls from outside a grain, those of its HTTP API among them, come from a client whose key begins with it.</summary>
    public static ReadOnlySpan<byte> HostedKey => "hosted-"u8;

    /// <summary>Whether a sender is a client outside the cluster.</summary>
    public static bool IsOfClient(ReadOnlySpan<byte> type, ReadOnlySpan<byte> key) => type.SequenceEqual(ClientType) && !key.StartsWith(HostedKey);

    /// <summary>Why a header is not that of a client; null where it is.</summary>
    /// <param name="header">The header.</param>
    /// <param name="gateway">The address of this silo's gateway.</param>
    public static string? FindProblem(byte[] header, IPEndPoint gateway)
    {
        var reader = Reader.Create(header, session: null!);
        try
        {
            var flags = reader.ReadUInt32();
            reader.ReadInt64();
            if (!IsOfClient(ReadName(ref reader), ReadName(ref reader)))
                return "a message says that it does not come from a client.";
            if (((flags >> DirectionShift) & DirectionMask) is not (Request or OneWay))
                return "a message is no request.";
            return (flags & HasPlacesOfGrains) != 0 ? "a message says where grains are." : FindTargetProblem(ref reader, gateway);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            return "a message has a header that cannot be read.";
        }
    }

    private static string? FindTargetProblem<TInput>(ref Reader<TInput> reader, IPEndPoint gateway)
    {
        var type = ReadName(ref reader);
        ReadName(ref reader);
        if (type.AsSpan().StartsWith(ClientType))
            return "a message is for a client.";
        if (!type.AsSpan().StartsWith(TypeOfOrleans))
            return null;

        // A silo sends what is for Orleans itself to whatever address it names; all else goes where the grain is.
        ReadSilo(ref reader);
        return ReadSilo(ref reader) is { } silo && IsSame(silo, gateway) ? null : "a message is for Orleans itself on another silo.";
    }

    // The same as Orleans goes by: who connects on the silo's own machine may use another name of it.
    private static bool IsSame(IPEndPoint silo, IPEndPoint gateway) =>
        silo.Port == gateway.Port && (silo.Address.Equals(gateway.Address) || IPAddress.IsLoopback(silo.Address));

    // Its length, a hash of 4 bytes that is not counted, and what it is.
    private static byte[] ReadName<TInput>(ref Reader<TInput> reader)
    {
        var length = reader.ReadVarUInt32();
        if (length == 0)
            return [];
        reader.ReadInt32();
        return reader.ReadBytes(Limit(length));
    }

    // Its length, a hash of 4 bytes, the address with its length, the port, and when it was started.
    private static IPEndPoint? ReadSilo<TInput>(ref Reader<TInput> reader)
    {
        var length = reader.ReadVarUInt32();
        if (length == 0)
            return null;
        var silo = Reader.Create(reader.ReadBytes(Limit(length)), session: null!);
        silo.ReadInt32();
        var address = new IPAddress(silo.ReadBytes(Limit(silo.ReadVarUInt32())));
        return new IPEndPoint(address, (int)silo.ReadVarUInt32());
    }

    private static uint Limit(uint length) => length <= SizeMax ? length : throw new InvalidOperationException("It is longer than a header.");
}
