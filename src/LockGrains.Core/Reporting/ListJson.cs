namespace LockGrains.Core;

/// <summary>
/// A live lock in a list as programs read it, on the command line and over HTTP: one contract. Members are added, never renamed. Durations are in
/// seconds.
/// </summary>
internal sealed record ListedJson(
    string Key,
    bool Held,
    string? Owner,
    long FencingToken,
    string Mode,
    int HolderCount,
    long PermitsTaken,
    int? Limit,
    bool IsHeldBack,
    double HeldForSeconds,
    double ExpiresInSeconds,
    int QueueLength,
    bool IsUpgrading,
    double LongestWaitSeconds);

/// <summary>One lock of a prefix that has changed or is gone, as one who watches it is told. Without a key it is about the silos alone.</summary>
internal sealed record WatchPrefixJson(
    DateTimeOffset At, bool Known, string? Detail, string? Key, bool IsGone, ListedJson? Lock, IEnumerable<string> SilosMissing);
