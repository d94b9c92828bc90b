namespace LockGrains.Core;

/// <summary>
/// A lock as programs read it, on the command line and over HTTP: one contract. Members are added, never renamed. Durations are in seconds.
/// </summary>
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
    IEnumerable<RecentJson> Recent,
    string? FirstWaitsFor,
    string? Silo);

/// <summary>A lock as one who watches it reads it.</summary>
internal sealed record WatchJson(DateTimeOffset At, bool Known, string? Detail, StatusJson? Status);

/// <summary>What happened to it.</summary>
internal sealed record RecentJson(string What, string? Reason, string Owner, long FencingToken, double AgoSeconds);

/// <summary>Who holds it.</summary>
internal sealed record HolderJson(
    string Owner, long FencingToken, double LeaseSeconds, double ExpiresInSeconds, string Mode, int Permits, int? Limit, IEnumerable<int> PermitNumbers, double LockDelaySeconds,
    bool IsHeldBack, double HeldForSeconds, string? Session);

/// <summary>Who waits for it.</summary>
internal sealed record WaiterJson(
    int Place, string Owner, long Ticket, bool Attached, string Mode, int Permits, int? Limit, double WaitedForSeconds, double? EstimateSeconds,
    string? Session);

/// <summary>The hold that waits to become exclusive.</summary>
internal sealed record UpgradeJson(string Owner, bool Attached, IEnumerable<string> WaitsFor, int WaitsForCount);

/// <summary>Its value; the text only where it is one.</summary>
internal sealed record ValueJson(string? Text, string Base64, double? KeepForSeconds);

/// <summary>Its value, as it was read.</summary>
internal sealed record ValueReplyJson(string Key, ValueJson? Value, long Version);
