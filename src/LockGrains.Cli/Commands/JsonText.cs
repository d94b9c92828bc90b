using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LockGrains.Core;

namespace LockGrains.Cli.Commands;

/// <summary>What <c>--json</c> prints. Members are added, never renamed: scripts read this.</summary>
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(TidyJson))]
[JsonSerializable(typeof(TidyReportJson))]
[JsonSerializable(typeof(ValueReplyJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(ListedJson))]
[JsonSerializable(typeof(WatchPrefixJson))]
internal sealed partial class JsonText : JsonSerializerContext
{
    /// <summary>The shapes, as they are printed: for people to read, too.</summary>
    public static JsonText Members { get; } =
        new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The shapes, each in one line: for programs that read a line at a time.</summary>
    public static JsonText Lines { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string WriteLine<T>(T value, JsonTypeInfo<T> shape) => JsonSerializer.Serialize(value, shape) + '\n';

    public static string Write<T>(T value, JsonTypeInfo<T> shape) => JsonSerializer.Serialize(value, shape) + Environment.NewLine;
}

internal sealed record TidyJson(long Records, long InUse, long LeftBehind, long Unreadable, double Seconds, double ForgetAfterSeconds);

/// <summary>What the API says of a tidy pass.</summary>
internal sealed record TidyReportJson(
    long Passes, bool IsRunning, long Records, long InUse, long LeftBehind, long Unreadable, double ElapsedSeconds, double ForgetAfterSeconds, string? Problem);
