using System.Text.Json;
using System.Text.Json.Serialization;

namespace LockGrains.Chaos;

/// <summary>One thing that a client or the resource saw. Each process writes its own, one JSON object in a line, in the order of its clock.</summary>
internal sealed record HistoryLine
{
    /// <summary>When (<see cref="Clock"/>).</summary>
    [JsonPropertyName("t")]
    public long At { get; init; }

    [JsonPropertyName("e")]
    public Happening What { get; init; }

    /// <summary>The attempt, a number within its process.</summary>
    [JsonPropertyName("a")]
    public int Attempt { get; init; }

    [JsonPropertyName("k")]
    public string? Key { get; init; }

    [JsonPropertyName("n")]
    public long Token { get; init; }

    /// <summary>Until when the client believes to hold; of a verification, when it was asked.</summary>
    [JsonPropertyName("u")]
    public long Until { get; init; }

    /// <summary>The owner that the resource was told, or what went wrong.</summary>
    [JsonPropertyName("d")]
    public string? Detail { get; init; }

    /// <summary>Whether it was accepted, current, released.</summary>
    [JsonPropertyName("y")]
    public bool IsYes { get; init; }

    /// <summary>The place in the queue, 1 for the next in line.</summary>
    [JsonPropertyName("q")]
    public int Place { get; init; }

    /// <summary>See <see cref="Share"/>; none for exclusive, so that the lines of a mutex are short.</summary>
    [JsonPropertyName("m")]
    public LockMode Mode { get; init; }

    /// <summary>See <see cref="Share"/>; 0 for one.</summary>
    [JsonPropertyName("p")]
    public int Permits { get; init; }

    /// <summary>See <see cref="Share"/>.</summary>
    [JsonPropertyName("l")]
    public int Limit { get; init; }

    /// <summary>See <see cref="Share"/>; of a write, the one number that was checked.</summary>
    [JsonPropertyName("i")]
    public IReadOnlyList<int>? Numbers { get; init; }

    /// <summary>The id of the session that it is about, or that a hold is asked for under.</summary>
    [JsonPropertyName("s")]
    public string? Session { get; init; }

    /// <summary>How long others are to be kept out after the lease of what was asked for, in nanoseconds.</summary>
    [JsonPropertyName("w")]
    public long Delay { get; init; }

    /// <summary>The edition of work that runs once.</summary>
    [JsonPropertyName("x")]
    public long Edition { get; init; }

    /// <summary>The tokens of those who hold, in a state that a watcher was told.</summary>
    [JsonPropertyName("h")]
    public IReadOnlyList<long>? Holders { get; init; }

    /// <summary>How much of the lock was asked for, granted or left; of a decision, whether the resource only compared.</summary>
    [JsonIgnore]
    public Share Share
    {
        get => new(Mode == LockMode.None ? LockMode.Exclusive : Mode, Math.Max(1, Permits), Limit) { Numbers = Numbers ?? [] };
        init => (Mode, Permits, Limit, Numbers) = (
            value.Mode == LockMode.Exclusive ? LockMode.None : value.Mode,
            value.Permits == 1 ? 0 : value.Permits,
            value.Limit,
            value.Numbers.Count == 0 ? null : value.Numbers);
    }

    public static HistoryLine Parse(string line) => JsonSerializer.Deserialize(line, HistoryJson.Default.HistoryLine)!;

    /// <summary>For people.</summary>
    public string ToText() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Clock.Seconds(At):0.000000} {What} attempt {Attempt} token {Token}{(Until > 0 ? $" until {Clock.Seconds(Until):0.000000}" : "")}{(Place > 0 ? $" place {Place}" : "")}")
        + $"{(Session is null ? "" : $" session {Session}")}{(Holders is null ? "" : $" holders [{string.Join(", ", Holders)}]")}{(Edition == 0 ? "" : $" edition {Edition}")}"
        + $"{(Mode == LockMode.None && Numbers is null ? "" : $" {Share}")} {Detail} {(IsYes ? "yes" : "")}";

    public string ToJson() => JsonSerializer.Serialize(this, HistoryJson.Default.HistoryLine);
}

/// <summary>What can happen.</summary>
internal enum Happening
{
    /// <summary>Nothing: the process lives, and all that it saw before this is written.</summary>
    Beat,

    /// <summary>An acquire was sent.</summary>
    Asked,

    Granted,

    /// <summary>A waiter was told its place.</summary>
    Placed,

    /// <summary>Not acquired: the wait ended, or the caller cancelled it.</summary>
    Denied,

    /// <summary>An operation ended with an exception that is no answer.</summary>
    Failed,

    /// <summary>The holder still holds, as far as its handle knows.</summary>
    Believed,

    /// <summary>An upgrade was sent.</summary>
    Upgrading,

    /// <summary>It was granted: from here on the holder believes to hold alone.</summary>
    Upgraded,

    /// <summary>A downgrade was sent: the holder believes to have no more than what is left.</summary>
    Downgrading,

    Downgraded,

    /// <summary>The handle says that the lock is lost.</summary>
    Lost,

    /// <summary>A release was sent: the holder believes no more.</summary>
    Releasing,

    Released,

    /// <summary>The cluster was asked whether the hold is current.</summary>
    Verified,

    /// <summary>The resource answered a write, or a read.</summary>
    Wrote,

    /// <summary>The resource took or refused a write, or a read; its own line.</summary>
    Decided,

    /// <summary>A session was asked for.</summary>
    Opening,

    Opened,

    /// <summary>The session lives still, as far as its client knows, and all that is held under it.</summary>
    SessionBelieved,

    /// <summary>The session says that it is lost.</summary>
    SessionLost,

    /// <summary>The session is about to be closed.</summary>
    Closing,

    /// <summary>A watcher was told a state.</summary>
    Saw,

    /// <summary>A watcher was told no other state since its last one.</summary>
    Watching,

    /// <summary>Work that runs once has begun.</summary>
    OnceBegan,

    /// <summary>A caller was told which edition of such work is stored, and its outcome.</summary>
    OnceTold,
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(HistoryLine))]
internal sealed partial class HistoryJson : JsonSerializerContext;
