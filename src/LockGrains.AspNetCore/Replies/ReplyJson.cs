using System.Text.Json.Serialization;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Replies;

/// <summary>200: the lock is held under this <c>leaseId</c>.</summary>
internal sealed record GrantedJson(
    string Outcome, string Key, long FencingToken, double ValidForSeconds, double LeaseSeconds, IEnumerable<int> PermitNumbers, long ValueVersion);

/// <summary>202: the request waits, and its place is in storage.</summary>
internal sealed record QueuedJson(
    string Outcome, string Key, int Place, int QueueLength, double? EstimateSeconds, double NextPollSeconds, double KeepPlaceSeconds);

/// <summary>200: the lease has its full length again.</summary>
internal sealed record RenewedJson(string Outcome, string Key, double ValidForSeconds, int Waiting);

/// <summary>200: a release or a cancel has had its effect.</summary>
internal sealed record EndedJson(string Outcome, string Key);

/// <summary>200: whether a hold is current.</summary>
internal sealed record VerifiedJson(string Outcome, string Key, bool Current, long LastFencingToken);

/// <summary>200: the hold was ended, or the holds were.</summary>
internal sealed record RevokedJson(string Outcome, string Key, long FencingToken, int Count);

/// <summary>200: a hold after a change.</summary>
internal sealed record ChangedJson(string Outcome, string Key, string Mode, int Permits, long FencingToken);

/// <summary>200: the limit of a key.</summary>
internal sealed record LimitJson(string Outcome, string Key, int? Limit, long Version);

/// <summary>200: the value of a key, as it was set.</summary>
internal sealed record ValueSetJson(string Outcome, string Key, ValueJson? Value, long Version);

/// <summary>200: what came of each of many leases.</summary>
internal sealed record BeatenJson(IEnumerable<RenewalJson> Renewals, IEnumerable<WaitJson> Waits);

/// <summary>One renewal of many.</summary>
internal sealed record RenewalJson(string Outcome, string Key, double? ValidForSeconds, int? Waiting, string? End);

/// <summary>One wait of many.</summary>
internal sealed record WaitJson(string Outcome, string Key, int? Place, int? QueueLength, double? EstimateSeconds);

/// <summary>200: a session is open.</summary>
internal sealed record OpenedJson(string Outcome, string Session, long SessionToken, double ValidForSeconds, double LeaseSeconds);

/// <summary>200: a session lives for its full lease again.</summary>
internal sealed record SessionRenewedJson(string Outcome, string Session, double ValidForSeconds, IEnumerable<string> RevokedKeys);

/// <summary>200: a session is over.</summary>
internal sealed record ClosedJson(string Outcome, string Session);

/// <summary>200: whether a session lives, and what it says of itself.</summary>
internal sealed record SessionJson(
    string Session, bool Alive, string? Owner, long SessionToken, double LeaseSeconds, double ExpiresInSeconds, double OpenForSeconds, ValueJson? Metadata);

/// <summary>200: a page of live locks.</summary>
internal sealed record LockPageJson(IEnumerable<ListedJson> Locks, string? Next, IEnumerable<string> SilosMissing);

/// <summary>200: a pass that looks for records that nobody uses any more.</summary>
internal sealed record TidyJson(
    int Passes, bool IsRunning, long Records, long InUse, long LeftBehind, long Unreadable, double ElapsedSeconds, double ForgetAfterSeconds, string? Problem);

/// <summary>200: what serves here.</summary>
internal sealed record AboutJson(
    string Name, string Version, string? Store, StorageJson? Storage, string ClusterId, string ServiceId, string? AccessKey, LimitsJson Limits);

/// <summary>What the locks are kept in, and whether it survives the silo's process.</summary>
internal sealed record StorageJson(string Name, bool Durable);

/// <summary>200: the silos of the cluster, as it knows them.</summary>
internal sealed record SilosJson(IEnumerable<SiloJson> Silos);

/// <summary>A silo that is not dead.</summary>
internal sealed record SiloJson(string Name, string Address, string Status);

/// <summary>What this host allows.</summary>
internal sealed record LimitsJson(int KeyBytes, int BodyBytes, int BeatBodyBytes, int Beats, double PollSeconds, int Waiting, int Streams);

/// <summary>Replies as JSON. Members are added, never renamed.</summary>
[JsonSerializable(typeof(AboutJson))]
[JsonSerializable(typeof(BeatenJson))]
[JsonSerializable(typeof(ChangedJson))]
[JsonSerializable(typeof(ClosedJson))]
[JsonSerializable(typeof(EndedJson))]
[JsonSerializable(typeof(GrantedJson))]
[JsonSerializable(typeof(LimitJson))]
[JsonSerializable(typeof(LockPageJson))]
[JsonSerializable(typeof(OpenedJson))]
[JsonSerializable(typeof(QueuedJson))]
[JsonSerializable(typeof(RenewedJson))]
[JsonSerializable(typeof(RevokedJson))]
[JsonSerializable(typeof(SessionJson))]
[JsonSerializable(typeof(SessionRenewedJson))]
[JsonSerializable(typeof(SilosJson))]
[JsonSerializable(typeof(StatusJson))]
[JsonSerializable(typeof(TidyJson))]
[JsonSerializable(typeof(ValueReplyJson))]
[JsonSerializable(typeof(ValueSetJson))]
[JsonSerializable(typeof(VerifiedJson))]
[JsonSerializable(typeof(WatchJson))]
[JsonSerializable(typeof(WatchPrefixJson))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ReplyText : JsonSerializerContext;
