using System.Text;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>A span, as it is sent in OTLP: what the tests look at of it.</summary>
/// <param name="TraceId">In hexadecimal digits.</param>
/// <param name="SpanId">In hexadecimal digits.</param>
/// <param name="ParentId">In hexadecimal digits; empty for none.</param>
/// <param name="Name">Its name.</param>
/// <param name="Text">Everything else of it that is text, for what must not be there.</param>
internal sealed record OtlpSpan(string TraceId, string SpanId, string ParentId, string Name, string Text)
{
    // The numbers of the fields in opentelemetry/proto/collector/trace/v1 and trace/v1.
    private const int ResourceSpans = 1, Resource = 1, ScopeSpans = 2, Spans = 2, TraceIdField = 1, SpanIdField = 2, ParentIdField = 4, NameField = 5;

    /// <summary>The spans of an ExportTraceServiceRequest, and what its resources say.</summary>
    public static IEnumerable<(string Resource, OtlpSpan Span)> Read(byte[] request)
    {
        foreach (var resourceSpans in Find(request, ResourceSpans))
        {
            var resource = string.Concat(Find(resourceSpans, Resource).Select(Encoding.UTF8.GetString));
            foreach (var span in Find(resourceSpans, ScopeSpans).SelectMany(scope => Find(scope, Spans)))
                yield return (resource, new OtlpSpan(Hex(span, TraceIdField), Hex(span, SpanIdField), Hex(span, ParentIdField), One(span, NameField, Encoding.UTF8.GetString), Encoding.UTF8.GetString(span)));
        }
    }

    private static string Hex(byte[] message, int field) => One(message, field, Convert.ToHexStringLower);

    private static string One(byte[] message, int field, Func<byte[], string> read) => Find(message, field).Select(read).FirstOrDefault("");

    /// <summary>The values of a field that have a length: bytes, text and messages (Protocol Buffers, Encoding).</summary>
    private static IEnumerable<byte[]> Find(byte[] message, int field)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = ReadNumber(message, ref at);
            var length = (tag & 7) switch
            {
                0 => SkipNumber(message, ref at),
                1 => 8,
                5 => 4,
                2 => (int)ReadNumber(message, ref at),
                var type => throw new InvalidDataException($"There is no type {type} in OTLP."),
            };
            if (tag >> 3 == (ulong)field && (tag & 7) == 2)
                yield return message[at..(at + length)];
            at += length;
        }
    }

    private static int SkipNumber(byte[] message, ref int at)
    {
        ReadNumber(message, ref at);
        return 0;
    }

    private static ulong ReadNumber(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
