using System.Text.Json.Serialization;

namespace LockGrains.AspNetCore.Replies;

/// <summary>
/// What was not done, and why (RFC 9457). <c>type</c> is a URN that never changes: <c>urn:lockgrains:</c> and the code. Members without a value
/// are left out.
/// </summary>
internal sealed record ProblemJson(string Type, string Title, int Status, string Detail, string Code, bool Retryable)
{
    /// <summary>The lock's key.</summary>
    public string? Key { get; init; }

    /// <summary>Invalid: which member of the request, or which parameter.</summary>
    public string? Member { get; init; }

    /// <summary>Invalid, since a member is unknown: those that there are.</summary>
    public IEnumerable<string>? Allowed { get; init; }

    /// <summary>Not held: why the hold is over, where that is still known.</summary>
    public string? End { get; init; }

    /// <summary>Denied: how many wait.</summary>
    public int? QueueLength { get; init; }

    /// <summary>Conflict: the version that there is.</summary>
    public long? Version { get; init; }

    /// <summary>What finds this request in the host's logs and spans.</summary>
    public string? TraceId { get; init; }
}

/// <summary>Problems as JSON. What has no value is left out.</summary>
[JsonSerializable(typeof(ProblemJson))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ProblemText : JsonSerializerContext;
