using System.Text.Json.Serialization;

namespace LockGrains;

/// <summary>A hold, or a request for one.</summary>
internal sealed record HoldJson(string Key, Guid LeaseId);

/// <summary>Asks for a lock. Without a wait it waits for ever, so that member is always there.</summary>
internal sealed record AcquireJson(string Key, Guid LeaseId, string Owner)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? WaitSeconds { get; init; }

    public double PollSeconds { get; init; }

    public double LeaseSeconds { get; init; }

    public bool Renews { get; init; }

    public string Mode { get; init; } = "";

    public int Permits { get; init; }

    public int? Limit { get; init; }

    public double LockDelaySeconds { get; init; }

    public NewValueJson? Value { get; init; }

    public string? Session { get; init; }

    public long? SessionToken { get; init; }
}

/// <summary>A value that is to be set.</summary>
internal sealed record NewValueJson(string Base64, double? KeepForSeconds);

/// <summary>Makes a hold exclusive.</summary>
internal sealed record UpgradeCallJson(string Key, Guid LeaseId, int Change, double WaitSeconds, double PollSeconds);

/// <summary>Gives an upgrade up.</summary>
internal sealed record CancelUpgradeJson(string Key, Guid LeaseId, int Change);

/// <summary>Gives a part of a hold back.</summary>
internal sealed record DowngradeJson(string Key, Guid LeaseId, int Change, string Mode, int Permits);

/// <summary>Sets a value. One without bytes clears it.</summary>
internal sealed record SetValueJson(string Key, Guid LeaseId, NewValueJson Value, long IfVersion);

/// <summary>Sets a limit. Null is none, so that member is always there.</summary>
internal sealed record SetLimitJson(string Key, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Limit, long IfVersion);

/// <summary>Takes a lock from its holders.</summary>
internal sealed record RevokeJson(string Key, long FencingToken, bool Force);

/// <summary>Many leases of many keys.</summary>
internal sealed record BeatJson(IReadOnlyList<HoldJson> Renewals, IReadOnlyList<HoldJson> Waits);

/// <summary>A session, or a request for one.</summary>
internal sealed record SessionHoldJson(string Session, Guid LeaseId);

/// <summary>Opens a session.</summary>
internal sealed record OpenSessionJson(string Session, Guid LeaseId, string Owner, double LeaseSeconds, bool Renews, double LockDelaySeconds, NewValueJson? Metadata);

/// <summary>Ends a session of somebody else.</summary>
internal sealed record RevokeSessionJson(string Session);
