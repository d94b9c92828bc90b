using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace LockGrains.Core;

/// <summary>
/// The bytes of the stored records. A frame (magic, kind, version, checksum) around a plain sequence of fields, pinned by golden
/// files; another version is refused, because a silo that rewrote it would drop what it does not know.
/// </summary>
public static class RecordCodec
{
    /// <summary>The version of the records that this code writes and reads. Until 0.1.0 each layout has a number from 128 on, and reads no other.</summary>
    public const byte Version = 132;

    private const int HeaderSize = 5;
    private const int ChecksumSize = sizeof(uint);
    private const int RenewsBit = 0x80;
    private const int PermitsBit = 0x40;
    private const int DelayBit = 0x20;
    private const int SessionBit = 0x10;
    private const int UpgradedBit = 0x80;
    private const byte LockKind = (byte)'H';
    private const byte ChunkKind = (byte)'Q';

    // Far above what is ever written; a damaged count must not make us allocate the world.
    private const int MaxCount = 100_000;
    private const long MaxChunkNumber = long.MaxValue / QueueChunk.Size - MaxCount;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static ReadOnlySpan<byte> Magic => "LGR"u8;

    /// <summary>Encodes the lock record.</summary>
    /// <param name="record">The record.</param>
    public static byte[] Encode(LockRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Frame(LockKind, capacity: 512, writer =>
        {
            writer.Write7BitEncodedInt64(record.Epoch);
            writer.Write7BitEncodedInt64(record.LastToken.Value);
            writer.Write7BitEncodedInt64(record.LastTokenAt);
            writer.Write7BitEncodedInt64(record.NextTicket);
            writer.Write7BitEncodedInt64(record.FirstTicket);
            writer.Write7BitEncodedInt64(record.CommittedTail);
            WriteAll(writer, record.Holders, WriteLease);
            WriteAll(writer, record.Ended, static (w, ended) =>
            {
                WriteLeaseId(w, ended.LeaseId);
                w.Write((byte)ended.Reason);
            });
            WriteAll(writer, Runs(record.Chunks), static (w, run) =>
            {
                w.Write7BitEncodedInt64(run.First.Number);
                w.Write7BitEncodedInt(run.First.Slot);
                w.Write7BitEncodedInt(run.Length);
            });
            WriteAll(writer, record.EndedTickets, static (w, ended) =>
            {
                w.Write7BitEncodedInt64(ended.Chunk);
                WriteBits(w, ended.Low);
                WriteBits(w, ended.High);
            });

            // Most keys have neither limit nor value, and their records end here.
            if (record.Data is { } data)
                WriteData(writer, data);
        });
    }

    /// <summary>Decodes the lock record.</summary>
    /// <param name="data">Its bytes.</param>
    /// <exception cref="RecordFormatException">They are not such a record, or one of another version.</exception>
    public static LockRecord DecodeLock(ReadOnlyMemory<byte> data) => Unframe(data, LockKind, "lock record", static reader => new LockRecord
    {
        Epoch = reader.Read7BitEncodedInt64(),
        LastToken = new FencingToken(reader.Read7BitEncodedInt64()),
        LastTokenAt = reader.Read7BitEncodedInt64(),
        NextTicket = reader.Read7BitEncodedInt64(),
        FirstTicket = reader.Read7BitEncodedInt64(),
        CommittedTail = reader.Read7BitEncodedInt64(),
        Holders = ReadAll(reader, ReadLease),
        Ended = ReadAll(reader, static r => new EndedLease(ReadLeaseId(r), Defined((EndReason)r.ReadByte()))),
        Chunks = ReadChunks(reader),
        EndedTickets = ReadAll(reader, static r => new EndedTickets(r.Read7BitEncodedInt64(), ReadBits(r), ReadBits(r))),
        Data = reader.BaseStream.Position < reader.BaseStream.Length ? ReadData(reader) : null,
    });

    /// <summary>Encodes a chunk of the queue.</summary>
    /// <param name="chunk">The chunk.</param>
    public static byte[] Encode(QueueChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        return Frame(ChunkKind, capacity: 64 + (chunk.Waiters.Length * 64), writer =>
        {
            writer.Write7BitEncodedInt64(chunk.Number);
            WriteAll(writer, chunk.Waiters, static (w, waiter) =>
            {
                w.Write7BitEncodedInt64(waiter.Ticket);
                WriteRequest(w, waiter.Request);
            });
        });
    }

    /// <summary>Decodes a chunk of the queue.</summary>
    /// <param name="data">Its bytes.</param>
    /// <exception cref="RecordFormatException">They are not such a chunk, or one of another version.</exception>
    public static QueueChunk DecodeChunk(ReadOnlyMemory<byte> data) => Unframe(data, ChunkKind, "queue chunk", static reader =>
        new QueueChunk(reader.Read7BitEncodedInt64(), ReadAll(reader, static r => new Waiter { Ticket = r.Read7BitEncodedInt64(), Request = ReadRequest(r) })));

    private static byte[] Frame(byte kind, int capacity, Action<BinaryWriter> writeFields)
    {
        using var stream = new MemoryStream(capacity);
        using var writer = new BinaryWriter(stream, StrictUtf8);
        writer.Write(Magic);
        writer.Write(kind);
        writer.Write(Version);
        writeFields(writer);
        writer.Flush();
        writer.Write(Checksum(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        writer.Flush();
        return stream.ToArray();
    }

    private static T Unframe<T>(ReadOnlyMemory<byte> data, byte kind, string what, Func<BinaryReader, T> readFields)
    {
        var bytes = data.Span;
        if (bytes.Length < HeaderSize + ChecksumSize || !bytes.StartsWith(Magic) || bytes[Magic.Length] != kind)
            throw new RecordFormatException($"The stored bytes ({bytes.Length}) are not a LockGrains {what}: they do not begin like one.");
        var version = bytes[4];
        if (version > Version)
        {
            throw new RecordFormatException(
                $"The stored {what} has version {version}; this silo reads version {Version}. A newer silo wrote it: upgrade this one.");
        }

        if (version < Version)
            throw new RecordFormatException($"The stored {what} has version {version}; this silo reads version {Version}. An unreleased build wrote it: delete it.");

        var content = data[..^ChecksumSize];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumSize..]) != Checksum(content.Span))
            throw new RecordFormatException($"The stored {what} ({bytes.Length} bytes) is damaged: its checksum does not match.");
        try
        {
            using var stream = new MemoryStream(content[HeaderSize..].ToArray(), writable: false);
            using var reader = new BinaryReader(stream, StrictUtf8);
            var result = readFields(reader);
            return stream.Position == stream.Length ? result : throw new RecordFormatException($"The stored {what} has bytes after its end.");
        }
        catch (Exception exception) when (exception is IOException or FormatException or ArgumentException or OverflowException)
        {
            throw new RecordFormatException($"The stored {what} ({bytes.Length} bytes) has fields that make no sense.", exception);
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    // Slots are taken in order, so even a queue of thousands of chunks is a run or two: the record stays small.
    private static ImmutableArray<(ChunkPlace First, int Length)> Runs(ImmutableArray<ChunkPlace> chunks)
    {
        var runs = ImmutableArray.CreateBuilder<(ChunkPlace First, int Length)>();
        foreach (var chunk in chunks)
        {
            if (runs.Count > 0 && runs[^1] is var last
                && chunk.Number == last.First.Number + last.Length && chunk.Slot == last.First.Slot + last.Length)
                runs[^1] = (last.First, last.Length + 1);
            else
                runs.Add((chunk, 1));
        }

        return runs.DrainToImmutable();
    }

    private static ImmutableArray<(int First, int Length)> Runs(ImmutableArray<int> numbers)
    {
        var runs = ImmutableArray.CreateBuilder<(int First, int Length)>();
        foreach (var number in numbers)
        {
            if (runs.Count > 0 && runs[^1] is var last && number == last.First + last.Length)
                runs[^1] = (last.First, last.Length + 1);
            else
                runs.Add((number, 1));
        }

        return runs.DrainToImmutable();
    }

    private static ImmutableArray<ChunkPlace> ReadChunks(BinaryReader reader)
    {
        var runs = ReadAll(reader, static r => (First: new ChunkPlace(r.Read7BitEncodedInt64(), r.Read7BitEncodedInt()), Length: r.Read7BitEncodedInt()));
        var left = MaxCount;
        foreach (var (first, length) in runs)
        {
            // A run is a few bytes, whatever its length: all of them together must keep the bound.
            if (length < 1 || length > left || first.Number < 0 || first.Number > MaxChunkNumber || first.Slot is < 0 or > MaxCount)
                throw new FormatException("A run of chunks is out of range.");
            left -= length;
        }

        return [.. runs.SelectMany(static run => Enumerable.Range(0, run.Length).Select(index => new ChunkPlace(run.First.Number + index, run.First.Slot + index)))];
    }

    private static void WriteLease(BinaryWriter writer, Lease lease)
    {
        WriteRequest(writer, lease.Request);
        writer.Write7BitEncodedInt64(lease.FencingToken.Value);
        WriteDuration(writer, lease.Term);
        writer.Write7BitEncodedInt64(lease.ExpiresAtUnixMilliseconds);
        writer.Write7BitEncodedInt((lease.Restarts * 2) + (lease.Extent is null ? 0 : 1));
        if (lease.Extent is { } extent)
            WriteExtent(writer, extent);
    }

    private static Lease ReadLease(BinaryReader reader)
    {
        var lease = new Lease
        {
            Request = ReadRequest(reader),
            FencingToken = new FencingToken(reader.Read7BitEncodedInt64()),
            Term = ReadDuration(reader),
            ExpiresAtUnixMilliseconds = reader.Read7BitEncodedInt64(),
        };
        var restarts = reader.Read7BitEncodedInt();
        return lease with { Restarts = restarts / 2, Extent = restarts % 2 == 0 ? null : ReadExtent(reader) };
    }

    private static void WriteExtent(BinaryWriter writer, HoldExtent extent)
    {
        writer.Write((byte)((byte)extent.Mode | (extent.IsUpgraded ? UpgradedBit : 0)));
        writer.Write7BitEncodedInt(extent.Permits);
        writer.Write7BitEncodedInt(extent.Change);
        WriteAll(writer, Runs(extent.Numbers), static (w, run) =>
        {
            w.Write7BitEncodedInt(run.First);
            w.Write7BitEncodedInt(run.Length);
        });
    }

    private static HoldExtent ReadExtent(BinaryReader reader)
    {
        var kind = reader.ReadByte();
        var mode = Defined((LockMode)(kind & ~UpgradedBit));
        var permits = reader.Read7BitEncodedInt();
        var change = reader.Read7BitEncodedInt();
        var runs = ReadAll(reader, static r => (First: r.Read7BitEncodedInt(), Length: r.Read7BitEncodedInt()));
        var end = 0;
        foreach (var (first, length) in runs)
        {
            if (length < 1 || first < end || first > LockPolicy.NumbersMax || length > LockPolicy.NumbersMax - first)
                throw new FormatException("A run of permit numbers is out of range.");
            end = first + length;
        }

        var extent = new HoldExtent(mode, permits, [.. runs.SelectMany(static run => Enumerable.Range(run.First, run.Length))], change) { IsUpgraded = (kind & UpgradedBit) != 0 };
        if (LockPolicy.FindExtentProblem(mode, permits, limit: 0) is not null || change < 0 || extent.Numbers.Length > permits || (extent.IsUpgraded && mode != LockMode.Exclusive))
            throw new FormatException("A hold has an extent that cannot be.");
        return extent;
    }

    private static void WriteData(BinaryWriter writer, KeyData data)
    {
        writer.Write7BitEncodedInt(data.Limit);
        writer.Write7BitEncodedInt64(data.LimitVersion);
        writer.Write7BitEncodedInt64(data.ValueVersion);
        writer.Write7BitEncodedInt(data.Value?.Bytes.Length ?? 0);
        if (data.Value is not { } value)
            return;
        writer.Write(value.Bytes.AsSpan());
        WriteLeaseId(writer, value.SetBy);
        writer.Write7BitEncodedInt64(value.KeptUntil);
    }

    private static KeyData ReadData(BinaryReader reader)
    {
        var data = new KeyData { Limit = reader.Read7BitEncodedInt(), LimitVersion = reader.Read7BitEncodedInt64(), ValueVersion = reader.Read7BitEncodedInt64() };
        var length = reader.Read7BitEncodedInt();
        if (data.Limit is < 0 or > LockPolicy.PermitsMax || data.LimitVersion < 0 || data.ValueVersion < 0 || length is < 0 or > LockPolicy.ValueMaxBytesMost)
            throw new FormatException("The limit or the value of a key is out of range.");
        if (length == 0)
            return data;
        var bytes = new byte[length];
        reader.BaseStream.ReadExactly(bytes);
        return data with { Value = new KeyValue([.. bytes], ReadLeaseId(reader), reader.Read7BitEncodedInt64()) };
    }

    // The mode, whether it renews and whether permits, a delay and a session follow share a byte: a mutex has the default ones, and nothing follows.
    private static void WriteRequest(BinaryWriter writer, LockRequest request)
    {
        var hasPermits = request.Permits != 1 || request.Limit != 0;
        WriteLeaseId(writer, request.LeaseId);
        writer.Write((byte)((byte)request.Mode | (request.Renews ? RenewsBit : 0) | (hasPermits ? PermitsBit : 0) | (request.Delay == TimeSpan.Zero ? 0 : DelayBit)
            | (request.Session is null ? 0 : SessionBit)));
        WriteDuration(writer, request.Duration);
        writer.Write(request.OwnerId);
        if (hasPermits)
        {
            writer.Write7BitEncodedInt(request.Permits);
            writer.Write7BitEncodedInt(request.Limit);
        }

        if (request.Delay != TimeSpan.Zero)
            WriteDuration(writer, request.Delay);
        if (request.Session is not { } session)
            return;
        writer.Write(session.Id);
        writer.Write7BitEncodedInt64(session.Token.Value);
    }

    private static LockRequest ReadRequest(BinaryReader reader)
    {
        var leaseId = ReadLeaseId(reader);
        var kind = reader.ReadByte();
        var duration = ReadDuration(reader);
        var mode = Defined((LockMode)(kind & ~(RenewsBit | PermitsBit | DelayBit | SessionBit)));
        var request = new LockRequest(leaseId, reader.ReadString(), mode, duration, (kind & RenewsBit) != 0);
        if ((kind & PermitsBit) != 0)
            request = request with { Permits = reader.Read7BitEncodedInt(), Limit = reader.Read7BitEncodedInt() };
        if ((kind & DelayBit) != 0)
            request = request with { Delay = ReadDuration(reader) };
        if ((kind & SessionBit) != 0)
            request = request with { Session = new SessionRef(reader.ReadString(), new FencingToken(reader.Read7BitEncodedInt64())) };
        return (LockPolicy.FindExtentProblem(mode, request.Permits, request.Limit) ?? LockPolicy.FindDelayProblem(request.Delay) ?? LockPolicy.FindSessionProblem(request.Session)) is null
            ? request
            : throw new FormatException("A request asks for what cannot be.");
    }

    private static void WriteLeaseId(BinaryWriter writer, LeaseId leaseId)
    {
        Span<byte> bytes = stackalloc byte[16];
        leaseId.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        writer.Write(bytes);
    }

    private static LeaseId ReadLeaseId(BinaryReader reader) => new(new Guid(reader.ReadBytes(16), bigEndian: true));

    private static void WriteBits(BinaryWriter writer, UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, bits);
        writer.Write(bytes);
    }

    private static UInt128 ReadBits(BinaryReader reader)
    {
        Span<byte> bytes = stackalloc byte[16];
        reader.ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    private static void WriteDuration(BinaryWriter writer, TimeSpan duration) => writer.Write7BitEncodedInt64(duration.Ticks);

    private static TimeSpan ReadDuration(BinaryReader reader) => new(reader.Read7BitEncodedInt64());

    private static void WriteAll<T>(BinaryWriter writer, ImmutableArray<T> items, Action<BinaryWriter, T> write)
    {
        writer.Write7BitEncodedInt(items.Length);
        foreach (var item in items)
            write(writer, item);
    }

    private static ImmutableArray<T> ReadAll<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        var count = reader.Read7BitEncodedInt();
        if (count is < 0 or > MaxCount)
            throw new FormatException("A count is out of range.");
        var items = ImmutableArray.CreateBuilder<T>();
        for (var index = 0; index < count; index++)
            items.Add(read(reader));
        return items.DrainToImmutable();
    }

    private static TEnum Defined<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        Enum.IsDefined(value) ? value : throw new FormatException($"{value} is not a {typeof(TEnum).Name}.");
}
