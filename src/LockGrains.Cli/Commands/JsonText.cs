using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LockGrains.Cli.Commands;

/// <summary>What <c>--json</c> prints. Members are added, never renamed: scripts read this.</summary>
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(TidyJson))]
[JsonSerializable(typeof(ValueReplyJson))]
[JsonSerializable(typeof(WatchJson))]
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

internal sealed record StatusJson(
    string Key,
    bool Held,
    HolderJson? Holder,
    int QueueLength,
    IEnumerable<WaiterJson> Waiters,
    long LastFencingToken,
    IEnumerable<HolderJson> Holders,
    int HolderCount,
    long PermitsTaken,
    UpgradeJson? Upgrade,
    string? Why,
    int? Limit,
    long LimitVersion,
    ValueJson? Value,
    double? PaceSeconds,
    IEnumerable<RecentJson> Recent);

internal sealed record WatchJson(DateTimeOffset At, bool Known, string? Detail, StatusJson? Status);

internal sealed record RecentJson(string What, string? Reason, string Owner, long FencingToken, double AgoSeconds);

internal sealed record HolderJson(
    string Owner, long FencingToken, double LeaseSeconds, double ExpiresInSeconds, string Mode, int Permits, int? Limit, IEnumerable<int> PermitNumbers, double LockDelaySeconds,
    bool IsHeldBack, double HeldForSeconds, string? Session);

internal sealed record WaiterJson(
    int Place, string Owner, long Ticket, bool Attached, string Mode, int Permits, int? Limit, double WaitedForSeconds, double? EstimateSeconds,
    string? Session);

internal sealed record UpgradeJson(string Owner, bool Attached, IEnumerable<string> WaitsFor, int WaitsForCount);

internal sealed record ValueJson(string? Text, string Base64, double? KeepForSeconds);

internal sealed record ValueReplyJson(string Key, ValueJson? Value, long Version);

internal sealed record TidyJson(long Records, long InUse, long LeftBehind, long Unreadable, double Seconds, double ForgetAfterSeconds);
