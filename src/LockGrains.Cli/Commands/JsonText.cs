using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>
/// What <c>--json</c> prints. Members are added, never renamed: scripts read this. It is only ever written, so that the native program has no code that
/// reads it.
/// </summary>
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(TidyJson))]
[JsonSerializable(typeof(TidyReportJson), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ValueReplyJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(ListedJson))]
[JsonSerializable(typeof(WatchPrefixJson))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Serialization)]
internal sealed partial class JsonText : JsonSerializerContext
{
    /// <summary>In one line, for programs that read a line at a time.</summary>
    public static string WriteLine<T>(T value, JsonTypeInfo<T> shape) => Write(value, shape, isIndented: false) + '\n';

    /// <summary>For people to read, too.</summary>
    public static string Write<T>(T value, JsonTypeInfo<T> shape) => Write(value, shape, isIndented: true) + Environment.NewLine;

    private static string Write<T>(T value, JsonTypeInfo<T> shape, bool isIndented)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = isIndented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            shape.SerializeHandler!(writer, value);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}

internal sealed record TidyJson(long Records, long InUse, long LeftBehind, long Unreadable, double Seconds, double ForgetAfterSeconds);

/// <summary>What the API says of a tidy pass, which is read.</summary>
internal sealed record TidyReportJson(
    [property: JsonRequired] long Passes,
    [property: JsonRequired] bool IsRunning,
    long Records,
    long InUse,
    long LeftBehind,
    long Unreadable,
    double ElapsedSeconds,
    double ForgetAfterSeconds,
    string? Problem);
