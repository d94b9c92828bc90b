using System.Text.Json;

namespace LockGrains;

/// <summary>A hold, or a request for one.</summary>
internal sealed record HoldJson(string Key, Guid LeaseId) : IRequestJson
{
    public void Write(Utf8JsonWriter writer) => writer.WriteHold(Key, LeaseId);
}

/// <summary>Asks for a lock. Without a wait it waits for ever, so that member is always there.</summary>
internal sealed record AcquireJson(string Key, Guid LeaseId, string Owner) : IRequestJson
{
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

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteHold(Key, LeaseId);
        writer.WriteString("owner", Owner);
        writer.WriteNumberOrNull("waitSeconds", WaitSeconds);
        writer.WriteNumber("pollSeconds", PollSeconds);
        writer.WriteNumber("leaseSeconds", LeaseSeconds);
        writer.WriteBoolean("renews", Renews);
        writer.WriteString("mode", Mode);
        writer.WriteNumber("permits", Permits);
        if (Limit is { } limit)
            writer.WriteNumber("limit", limit);
        writer.WriteNumber("lockDelaySeconds", LockDelaySeconds);
        if (Value is not null)
            writer.WriteObject("value", Value);
        if (Session is not null)
            writer.WriteString("session", Session);
        if (SessionToken is { } token)
            writer.WriteNumber("sessionToken", token);
    }
}

/// <summary>A value that is to be set.</summary>
internal sealed record NewValueJson(string Base64, double? KeepForSeconds) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("base64", Base64);
        if (KeepForSeconds is { } seconds)
            writer.WriteNumber("keepForSeconds", seconds);
    }
}

/// <summary>Makes a hold exclusive.</summary>
internal sealed record UpgradeCallJson(string Key, Guid LeaseId, int Change, double WaitSeconds, double PollSeconds) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteHold(Key, LeaseId);
        writer.WriteNumber("change", Change);
        writer.WriteNumber("waitSeconds", WaitSeconds);
        writer.WriteNumber("pollSeconds", PollSeconds);
    }
}

/// <summary>Gives an upgrade up.</summary>
internal sealed record CancelUpgradeJson(string Key, Guid LeaseId, int Change) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteHold(Key, LeaseId);
        writer.WriteNumber("change", Change);
    }
}

/// <summary>Gives a part of a hold back.</summary>
internal sealed record DowngradeJson(string Key, Guid LeaseId, int Change, string Mode, int Permits) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteHold(Key, LeaseId);
        writer.WriteNumber("change", Change);
        writer.WriteString("mode", Mode);
        writer.WriteNumber("permits", Permits);
    }
}

/// <summary>Sets a value. One without bytes clears it.</summary>
internal sealed record SetValueJson(string Key, Guid LeaseId, NewValueJson Value, long IfVersion) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteHold(Key, LeaseId);
        writer.WriteObject("value", Value);
        writer.WriteNumber("ifVersion", IfVersion);
    }
}

/// <summary>Sets a limit. Null is none, so that member is always there.</summary>
internal sealed record SetLimitJson(string Key, int? Limit, long IfVersion) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("key", Key);
        writer.WriteNumberOrNull("limit", Limit);
        writer.WriteNumber("ifVersion", IfVersion);
    }
}

/// <summary>Takes a lock from its holders.</summary>
internal sealed record RevokeJson(string Key, long FencingToken, bool Force, string? Reason) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("key", Key);
        writer.WriteNumber("fencingToken", FencingToken);
        writer.WriteBoolean("force", Force);
        if (Reason is not null)
            writer.WriteString("reason", Reason);
    }
}

/// <summary>Many leases of many keys.</summary>
internal sealed record BeatJson(IReadOnlyList<HoldJson> Renewals, IReadOnlyList<HoldJson> Waits) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteHolds("renewals", Renewals);
        writer.WriteHolds("waits", Waits);
    }
}

/// <summary>A session, or a request for one.</summary>
internal sealed record SessionHoldJson(string Session, Guid LeaseId) : IRequestJson
{
    public void Write(Utf8JsonWriter writer) => writer.WriteSessionHold(Session, LeaseId);
}

/// <summary>Opens a session.</summary>
internal sealed record OpenSessionJson(
    string Session, Guid LeaseId, string Owner, double LeaseSeconds, bool Renews, double LockDelaySeconds, NewValueJson? Metadata) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteSessionHold(Session, LeaseId);
        writer.WriteString("owner", Owner);
        writer.WriteNumber("leaseSeconds", LeaseSeconds);
        writer.WriteBoolean("renews", Renews);
        writer.WriteNumber("lockDelaySeconds", LockDelaySeconds);
        if (Metadata is not null)
            writer.WriteObject("metadata", Metadata);
    }
}

/// <summary>Ends a session of somebody else.</summary>
internal sealed record RevokeSessionJson(string Session, string? Reason) : IRequestJson
{
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteString("session", Session);
        if (Reason is not null)
            writer.WriteString("reason", Reason);
    }
}
