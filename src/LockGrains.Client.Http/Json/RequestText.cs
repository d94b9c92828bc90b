using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LockGrains;

/// <summary>
/// Makes bodies of what is sent, by hand: nothing reads these shapes, and what a serializer needs to know of them would be a part of each native program.
/// </summary>
internal static class RequestText
{
    // Text as it is, not as escapes three times as long: the size of a body is bounded, and no page is made of it.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A body.</summary>
    public static byte[] ToBytes(IRequestJson body)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Writing))
            WriteMembers(writer, body);
        return bytes.WrittenSpan.ToArray();
    }

    public static void WriteHold(this Utf8JsonWriter writer, string key, Guid leaseId)
    {
        writer.WriteString("key", key);
        writer.WriteString("leaseId", leaseId);
    }

    public static void WriteSessionHold(this Utf8JsonWriter writer, string session, Guid leaseId)
    {
        writer.WriteString("session", session);
        writer.WriteString("leaseId", leaseId);
    }

    /// <summary>A member that null says something of.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter writer, string name, double? number)
    {
        if (number is { } some)
            writer.WriteNumber(name, some);
        else
            writer.WriteNull(name);
    }

    public static void WriteObject(this Utf8JsonWriter writer, string name, IRequestJson members)
    {
        writer.WritePropertyName(name);
        WriteMembers(writer, members);
    }

    public static void WriteHolds(this Utf8JsonWriter writer, string name, IEnumerable<HoldJson> holds)
    {
        writer.WriteStartArray(name);
        foreach (var hold in holds) WriteMembers(writer, hold);

        writer.WriteEndArray();
    }

    private static void WriteMembers(Utf8JsonWriter writer, IRequestJson body)
    {
        writer.WriteStartObject();
        body.Write(writer);
        writer.WriteEndObject();
    }
}
