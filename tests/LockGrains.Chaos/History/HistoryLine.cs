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

    public static HistoryLine Parse(string line) => JsonSerializer.Deserialize(line, HistoryJson.Default.HistoryLine)!;

    /// <summary>For people.</summary>
    public string ToText() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Clock.Seconds(At):0.000000} {What} attempt {Attempt} token {Token}{(Until > 0 ? $" until {Clock.Seconds(Until):0.000000}" : "")} {Detail} {(IsYes ? "yes" : "")}");

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

    /// <summary>Not acquired: the wait ended, or the caller cancelled it.</summary>
    Denied,

    /// <summary>An operation ended with an exception that is no answer.</summary>
    Failed,

    /// <summary>The holder still holds, as far as its handle knows.</summary>
    Believed,

    /// <summary>The handle says that the lock is lost.</summary>
    Lost,

    /// <summary>A release was sent: the holder believes no more.</summary>
    Releasing,

    Released,

    /// <summary>The cluster was asked whether the hold is current.</summary>
    Verified,

    /// <summary>The resource answered a write.</summary>
    Wrote,

    /// <summary>The resource took or refused a write; its own line.</summary>
    Decided,
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(HistoryLine))]
internal sealed partial class HistoryJson : JsonSerializerContext;
