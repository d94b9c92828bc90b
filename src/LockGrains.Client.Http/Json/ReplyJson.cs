using System.Text.Json.Serialization;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// The members of the replies that say what came of a call. Each call reads those that it knows, and what is missing makes the reply none of this call:
/// nothing is believed that was not said.
/// </summary>
internal sealed record ReplyJson
{
    public string? Outcome { get; init; }

    public string? Key { get; init; }

    public string? Session { get; init; }

    public long? FencingToken { get; init; }

    public long? SessionToken { get; init; }

    public double? ValidForSeconds { get; init; }

    public double? LeaseSeconds { get; init; }

    public IEnumerable<int>? PermitNumbers { get; init; }

    public long? ValueVersion { get; init; }

    public int? Place { get; init; }

    public int? QueueLength { get; init; }

    public double? EstimateSeconds { get; init; }

    public int? Waiting { get; init; }

    public long? LastFencingToken { get; init; }

    public int? Count { get; init; }

    public string? Mode { get; init; }

    public int? Permits { get; init; }

    public int? Limit { get; init; }

    public long? Version { get; init; }

    public ValueJson? Value { get; init; }

    /// <summary>A renewal of a session: the keys of holds under it that somebody has revoked.</summary>
    public IEnumerable<string>? RevokedKeys { get; init; }

    /// <summary>A renewal of many: why the hold is over.</summary>
    public string? End { get; init; }
}

/// <summary>What came of each of many leases.</summary>
internal sealed record BeatenJson(IReadOnlyList<ReplyJson>? Renewals, IReadOnlyList<ReplyJson>? Waits);

/// <summary>A page of live locks.</summary>
internal sealed record PageJson(IReadOnlyList<ListedJson>? Locks, string? Next, IReadOnlyList<string>? SilosMissing);

/// <summary>A session.</summary>
internal sealed record SessionJson(
    string? Session, [property: JsonRequired] bool Alive, string? Owner, long SessionToken, double LeaseSeconds, double ExpiresInSeconds, double OpenForSeconds, ValueJson? Metadata);

/// <summary>What serves here.</summary>
internal sealed record AboutJson(string? Name, string? Store);

/// <summary>Why something was not done (RFC 9457). Programs go by the code.</summary>
internal sealed record ProblemJson(string? Code, string? Detail, string? Key, string? Member, string? End, int? QueueLength, long? Version);
