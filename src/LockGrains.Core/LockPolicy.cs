using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace LockGrains.Core;

/// <summary>
/// The bounds and times that a lock keeps. <see cref="Problems"/> says what is wrong with a set of them; nothing is ever clamped.
/// </summary>
public sealed record LockPolicy
{
    /// <summary>The default of <see cref="LeaseMax"/>, and the longest lease that a client asks for.</summary>
    public const string LeaseMaxDefault = "24h";

    /// <summary>The most permits that a request may ask for, and the largest limit: 1,000,000.</summary>
    public const int PermitsMax = 1_000_000;

    /// <summary>The largest limit with which permits have numbers: 4,096, so that a record of them stays small.</summary>
    public const int NumbersMax = 4_096;

    /// <summary>The most that <see cref="ValueMaxBytes"/> may be: 16,384.</summary>
    public const int ValueMaxBytesMost = 16_384;

    /// <summary>The longest that a value is kept: 400 days.</summary>
    public static TimeSpan KeepMax { get; } = TimeSpan.FromDays(400);

    /// <summary>The longest lock-delay: 60 s, as Consul has it.</summary>
    public static TimeSpan DelayMax { get; } = TimeSpan.FromSeconds(60);

    private const string RepeatProblem = "LeaseId belongs to a request";

    private static readonly ConditionalWeakTable<LockPolicy, IReadOnlyList<string>> Checked = new();

    /// <summary>The most that may wait for one key. Default 10,000; 1 to 1,000,000.</summary>
    [Allowed("1", "1000000")]
    public int QueueLimit { get; init; } = 10_000;

    /// <summary>
    /// The most holds that a key has at a time; more readers wait. Each one makes the record larger, which every grant and renewal writes.
    /// Default 1,000; 1 to 4,096.
    /// </summary>
    [Allowed("1", "4096")]
    public int HoldersMax { get; init; } = 1_000;

    /// <summary>The most calls that watch one key at a time; more are refused. Default 10,000; 1 to 1,000,000.</summary>
    [Allowed("1", "1000000")]
    public int WatchersMax { get; init; } = 10_000;

    /// <summary>The most bytes that a key's value has; with 0 no key has one. Default 1,024; 0 to 16,384.</summary>
    [Allowed("0", "16384")]
    public int ValueMaxBytes { get; init; } = 1_024;

    /// <summary>The shortest lease that may be asked for. Default 1s; 100ms to <see cref="LeaseMax"/>.</summary>
    [Allowed("100ms", nameof(LeaseMax))]
    public TimeSpan LeaseMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest lease that may be asked for. Default 24h; 100ms to 30d.</summary>
    [Allowed("100ms", "30d")]
    public TimeSpan LeaseMax { get; init; } = DurationText.Parse(LeaseMaxDefault);

    /// <summary>The longest owner label, in bytes of UTF-8. Default 128; 0 to 1,024.</summary>
    [Allowed("0", "1024")]
    public int OwnerIdMaxBytes { get; init; } = 128;

    /// <summary>
    /// The first lease of a holder that will renew, or its lease if that is shorter. A waiter that died before it was granted the
    /// lock costs this long. Default 5s; 1s to <see cref="LeaseMax"/>.
    /// </summary>
    [Allowed("1s", nameof(LeaseMax))]
    public TimeSpan FirstLease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a waiter keeps its place after the last sign of life of its client: a call or a heartbeat. It is the same for every place, and
    /// after its key has moved to a new activation. Default 10s; 300ms to 5m.
    /// <para>
    /// A client that sends no heartbeat is answered after half of it, and calls again. One that sends them does so at least every
    /// three tenths of it: with the default every 3 s. After six tenths without a word a waiter is doubted, and not granted the lock before it is heard again.
    /// </para>
    /// </summary>
    [Allowed("300ms", "5m")]
    public TimeSpan PresenceWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The largest difference between two silos' wall clocks. Tokens of lost records rest on it, and the end of a lease that was taken over
    /// more than <see cref="RestartsMax"/> times. Default 5s; 0 to 1h.
    /// </summary>
    [Allowed("0", "1h")]
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many activations give a lease its full term again before the wall clock bounds it. Default 3; 0 to 100.</summary>
    [Allowed("0", "100")]
    public int RestartsMax { get; init; } = 3;

    /// <summary>
    /// How long a release that nobody waits for may stay unwritten, so that the next grant writes both. A crash meanwhile costs at most
    /// one lease of waiting. With 0 a release is written before its reply, at one write more. Default 20ms; 0 to 1s.
    /// </summary>
    [Allowed("0", "1s")]
    public TimeSpan ReleaseWriteDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// How long a new waiter may stay unwritten; nobody is told a place before it is written. Shorter keeps more of the order in a crash, at
    /// more writes. Default 250ms; 0 to 5s.
    /// </summary>
    [Allowed("0", "5s")]
    public TimeSpan QueueWriteDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How old the last proof of being current may be for a denial. With 0 each denial is proven. Default 2s; 0 to 1m.</summary>
    [Allowed("0", "1m")]
    public TimeSpan ValidationAge { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a storage operation may take before its outcome counts as unknown. Default 5s; 100ms to 1m.</summary>
    [Allowed("100ms", "1m")]
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a key must be unused before its records are deleted; infinite is never. Two silos' wall clocks must differ by less: tokens of
    /// a key that was forgotten grow by the clock. Default 5m; 3m to 30d, or infinite. Silos may have different ones.
    /// </summary>
    [Allowed(nameof(LifeMin), "30d", OrInfinite = true)]
    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The longest trouble through which a client repeats one <see cref="LeaseId"/>. 2 min, below the least <see cref="ForgetAfter"/>: a silo must
    /// not have forgotten what became of the first copy when the last one comes.
    /// </summary>
    public static TimeSpan RepeatMax { get; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the answer "there is no record" may be leaned on (<see cref="Absence"/>). The same on every silo, for ever: it is what a
    /// forgetting silo trusts the others to keep. 45 s; only worlds of the simulator, which are short, have another.
    /// </summary>
    internal TimeSpan CreateWindow { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>The least time in which a key can be made, used and forgotten, and so the least <see cref="ForgetAfter"/>; 180 s.</summary>
    internal TimeSpan LifeMin => CreateWindow * 4;

    /// <summary>What is wrong with this policy, each with name, value and allowed range; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems() => Checked.GetValue(this, static policy => AllowedAttribute.FindProblems(policy));

    /// <summary>The longest that one call of a client with heartbeats waits: 60 s, so that a long wait costs next to no calls.</summary>
    public static TimeSpan BeatingSlice { get; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest that one call of a client without heartbeats waits: half the window, and half is left to call again.</summary>
    internal TimeSpan Slice => PresenceWindow / 2;

    /// <summary>How long a client that was heard counts as present: two heartbeats, of which one may be lost.</summary>
    internal TimeSpan Presence => PresenceWindow * 0.6;

    /// <summary>
    /// How long a waiter is doubted before it is dropped: longer than a heartbeat's period. A silo that stood still for the whole window
    /// would drop everybody otherwise, before it has heard what came meanwhile.
    /// </summary>
    internal TimeSpan Doubt => PresenceWindow - Presence;

    /// <summary>The longest time between two heartbeats of a client.</summary>
    internal TimeSpan BeatPeriodMax => PresenceWindow * 0.3;

    /// <summary>What is wrong with a request, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="acquire">The request.</param>
    public string? ProblemOf(LockCommand.Acquire acquire)
    {
        ArgumentNullException.ThrowIfNull(acquire);
        var request = acquire.Request;
        if (request.LeaseId == LeaseId.None)
            return "LeaseId is empty; it must be a random id made for this attempt.";
        if (FindExtentProblem(request.Mode, request.Permits, request.Limit) is { } extentProblem)
            return extentProblem;
        if (request.Duration < LeaseMin || request.Duration > LeaseMax)
            return $"Lease is {Text(request.Duration)}; it must be from {Text(LeaseMin)} to {Text(LeaseMax)}.";
        if (FindDelayProblem(request.Delay) is { } delayProblem)
            return delayProblem;
        if (FindSessionProblem(request.Session) is { } sessionProblem)
            return sessionProblem;
        if (acquire.Wait < TimeSpan.Zero && acquire.Wait != Timeout.InfiniteTimeSpan)
            return $"Wait is {Text(acquire.Wait)}; it must be 0 or more, or infinite.";
        if (FindCallProblem(acquire) is { } callProblem)
            return callProblem;
        if (acquire.Value is { } value && (ProblemOf(value) ?? (request.Mode == LockMode.Exclusive ? null : $"Mode is {request.Mode}; only an {LockMode.Exclusive} hold sets the value.")) is { } valueProblem)
            return valueProblem;
        return FindOwnerProblem(request.OwnerId, OwnerIdMaxBytes) is { } problem ? $"OwnerId {problem}" : null;
    }

    /// <summary>What is wrong with an upgrade, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="upgrade">The upgrade.</param>
    public string? ProblemOf(LockCommand.Upgrade upgrade)
    {
        ArgumentNullException.ThrowIfNull(upgrade);
        if (upgrade.Change < 1)
            return $"Change is {upgrade.Change}; it must be 1 or more, and larger than that of the change before.";
        if (upgrade.Wait < TimeSpan.Zero)
            return $"Wait is {Text(upgrade.Wait)}; it must be 0 or more, and not infinite: while an upgrade waits, nobody else is granted the lock.";
        return FindCallProblem(upgrade);
    }

    /// <summary>What is wrong with a downgrade, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="downgrade">The downgrade.</param>
    /// <param name="lease">The hold that it is to change.</param>
    public static string? ProblemOf(LockCommand.Downgrade downgrade, Lease lease)
    {
        ArgumentNullException.ThrowIfNull(downgrade);
        ArgumentNullException.ThrowIfNull(lease);
        if (downgrade.Change < 1)
            return $"Change is {downgrade.Change}; it must be 1 or more, and larger than that of the change before.";
        return FindPartProblem(lease.Mode, lease.Permits, downgrade.Mode, downgrade.Permits);
    }

    /// <summary>What is wrong with what is to be left of a hold; null when it is a part of that, or all of it.</summary>
    /// <param name="held">The mode that is held.</param>
    /// <param name="heldPermits">The permits that are held.</param>
    /// <param name="mode">The mode that is to be left.</param>
    /// <param name="permits">The permits that are to be left.</param>
    public static string? FindPartProblem(LockMode held, int heldPermits, LockMode mode, int permits)
    {
        if (FindExtentProblem(mode, permits, limit: 0) is { } problem)
            return problem;
        var isPart = held switch
        {
            LockMode.Exclusive => true,
            LockMode.Upgradeable => mode != LockMode.Exclusive,
            _ => mode == LockMode.Shared,
        };
        if (!isPart)
            return $"Mode is {mode}; it must be a part of {held}, which is held.";
        return permits > heldPermits ? $"Permits is {permits}; it must be from 1 to {heldPermits}, which are held." : null;
    }

    /// <summary>What is wrong with a mode, a number of permits and a limit; null when they go together.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="permits">The permits.</param>
    /// <param name="limit">The limit; 0 for none.</param>
    public static string? FindExtentProblem(LockMode mode, int permits, int limit)
    {
        if (mode is not (LockMode.Exclusive or LockMode.Shared or LockMode.Upgradeable))
            return $"Mode is {mode}; it must be Exclusive, Shared or Upgradeable.";
        if (permits is < 1 or > PermitsMax)
            return $"Permits is {permits}; it must be from 1 to {PermitsMax}.";
        if (FindLimitProblem(limit) is { } limitProblem)
            return limitProblem;
        if (mode != LockMode.Shared && permits != 1)
            return $"Permits is {permits} and Mode is {mode}; only a shared hold takes more than one permit.";
        if (mode != LockMode.Shared && limit != 0)
            return $"Limit is {limit} and Mode is {mode}; only a shared request has a limit.";
        return limit != 0 && permits > limit ? $"Permits is {permits} and Limit is {limit}; it must be at most the limit." : null;
    }

    /// <summary>What is wrong with a limit, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="limit">The limit; 0 for none.</param>
    public static string? FindLimitProblem(int limit) => limit is < 0 or > PermitsMax
        ? $"Limit is {(limit == LockRequest.LimitOfZero ? 0 : limit)}; it must be from 1 to {PermitsMax}, or none."
        : null;

    /// <summary>What is wrong with the version that a change of a key's value or limit replaces; null when nothing is.</summary>
    /// <param name="version">The version.</param>
    public static string? FindVersionProblem(long version) => version < 0 ? $"IfVersion is {version}; it must be 0 or more." : null;

    /// <summary>What is wrong with a lock-delay, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="delay">The delay; 0 for none.</param>
    public static string? FindDelayProblem(TimeSpan delay) =>
        delay < TimeSpan.Zero || delay > DelayMax ? $"LockDelay is {Text(delay)}; it must be from 0 to {Text(DelayMax)}." : null;

    /// <summary>What is wrong with the session of a request; null when nothing is.</summary>
    /// <param name="session">The session; null for none.</param>
    public static string? FindSessionProblem(SessionRef? session)
    {
        if (session is null)
            return null;
        if (session.Token.Value is < 1 or > FencingToken.MaxValue)
            return $"SessionToken is {session.Token}; it must be the fencing token of the session.";
        return LockKey.FindProblem(session.Id) is null ? null : "SessionId must be the id of a session, as it was opened.";
    }

    /// <summary>What is wrong with a request that asks for more than the key's limit.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">The key's limit.</param>
    public static string ProblemOfLimit(LockRequest request, int limit)
    {
        ArgumentNullException.ThrowIfNull(request);
        return $"Permits is {request.Permits}; the limit of the key is {limit}.";
    }

    /// <summary>Whether what is wrong with a request is that its id belongs to another one: see <see cref="ProblemOfRepeat"/>.</summary>
    /// <param name="detail">What a silo said of a request that it denied as invalid.</param>
    public static bool IsProblemOfRepeat(string? detail) => detail is not null && detail.StartsWith(RepeatProblem, StringComparison.Ordinal);

    /// <summary>What is wrong with a request whose id belongs to another one.</summary>
    /// <param name="earlier">The request that has the id.</param>
    public static string ProblemOfRepeat(LockRequest earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var permits = earlier.Mode != LockMode.Shared ? "" : earlier.Limit == 0 ? $", {earlier.Permits} permits" : $", {earlier.Permits} permits of {earlier.Limit}";
        return $"{RepeatProblem} of owner '{earlier.OwnerId}' ({earlier.Mode}{permits}); another request must have one of its own.";
    }

    /// <summary>What is wrong with a value, with parameter, value and allowed range; null when nothing is.</summary>
    /// <param name="value">The value.</param>
    public string? ProblemOf(NewValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Bytes.Length > ValueMaxBytes)
            return $"Value has {value.Bytes.Length} bytes; it must have at most {ValueMaxBytes}.";
        return value.KeepFor is { } keepFor && (keepFor <= TimeSpan.Zero || keepFor > KeepMax)
            ? $"KeepFor is {Text(keepFor)}; it must be more than 0 and at most {KeepMax.Days} days."
            : null;
    }

    /// <summary>What is wrong with the longest that one call is to wait; null when nothing is.</summary>
    /// <param name="slice">The time; null for what the silo allows.</param>
    public static string? FindSliceProblem(TimeSpan? slice) =>
        slice <= TimeSpan.Zero ? $"Slice is {Text(slice.Value)}; it must be more than 0, and not infinite." : null;

    /// <summary>What is wrong with one more who watches a key.</summary>
    /// <param name="watchers">How many watch it.</param>
    internal string? FindWatchersProblem(int watchers) =>
        watchers >= WatchersMax ? $"{watchers} calls watch this lock, and its silo allows no more ({nameof(WatchersMax)})." : null;

    private string? FindCallProblem(LockCommand.Waiting call)
    {
        if (FindSliceProblem(call.Slice) is { } problem)
            return problem;
        return call.Beats is { } period && (period <= TimeSpan.Zero || period > BeatPeriodMax)
            ? $"BeatPeriod is {Text(period)}; it must be more than 0 and at most {Text(BeatPeriodMax)}, 0.3 of the silo's {nameof(PresenceWindow)}."
            : null;
    }

    /// <summary>What is wrong with an owner label, to follow its name; null when nothing is.</summary>
    /// <param name="ownerId">The label.</param>
    /// <param name="maxBytes">The most that it may have in UTF-8.</param>
    public static string? FindOwnerProblem(string? ownerId, int maxBytes)
    {
        if (ownerId is null || HasLoneSurrogate(ownerId))
            return "is missing or not well-formed Unicode; it may be empty.";
        var bytes = Encoding.UTF8.GetByteCount(ownerId);
        return bytes > maxBytes ? $"has {bytes} bytes in UTF-8; it must have at most {maxBytes} bytes." : null;
    }

    private static string Text(TimeSpan time) => DurationText.Format(time);

    // Such a string cannot be stored: better one request refused than its key quarantined.
    private static bool HasLoneSurrogate(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done)
                return true;
            rest = rest[length..];
        }

        return false;
    }
}
