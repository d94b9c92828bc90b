using System.Text.Json.Serialization;
using LockGrains.Core;

namespace LockGrains;

/// <summary>What is read. Members that are not known are passed over, since more may come.</summary>
[JsonSerializable(typeof(AboutJson))]
[JsonSerializable(typeof(BeatenJson))]
[JsonSerializable(typeof(PageJson))]
[JsonSerializable(typeof(ProblemJson))]
[JsonSerializable(typeof(ReplyJson))]
[JsonSerializable(typeof(SessionJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ReplyText : JsonSerializerContext;
