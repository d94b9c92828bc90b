using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LockGrains.Core;

namespace LockGrains;

/// <summary>What is sent, and what is read. What has no value is left out; members that are not known are passed over, since more may come.</summary>
[JsonSerializable(typeof(AboutJson))]
[JsonSerializable(typeof(AcquireJson))]
[JsonSerializable(typeof(BeatJson))]
[JsonSerializable(typeof(BeatenJson))]
[JsonSerializable(typeof(CancelUpgradeJson))]
[JsonSerializable(typeof(DowngradeJson))]
[JsonSerializable(typeof(HoldJson))]
[JsonSerializable(typeof(OpenSessionJson))]
[JsonSerializable(typeof(PageJson))]
[JsonSerializable(typeof(ProblemJson))]
[JsonSerializable(typeof(ReplyJson))]
[JsonSerializable(typeof(RevokeJson))]
[JsonSerializable(typeof(RevokeSessionJson))]
[JsonSerializable(typeof(SessionHoldJson))]
[JsonSerializable(typeof(SessionJson))]
[JsonSerializable(typeof(SetLimitJson))]
[JsonSerializable(typeof(SetValueJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(UpgradeCallJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class HttpText : JsonSerializerContext
{
    // Not by an initializer: that could run before that of the generated part.
    private static HttpText? _shapes;

    /// <summary>Sends text as it is, not as escapes three times as long: the size of a body is bounded, and no page is made of it.</summary>
    public static HttpText Shapes => _shapes ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
