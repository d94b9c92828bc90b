using System.Collections.Frozen;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LockGrains;

/// <summary>
/// Reads a response, strictly: only what a server of this API can have said counts. Whatever else comes, from a proxy, from another program, or cut, says
/// nothing of what came of the call.
/// </summary>
internal static class ReplyReader
{
    private const string StoreHeader = "LockGrains-Store";

    // The problems that say what came of this copy of a call. Others are trouble, or end the call.
    private static readonly FrozenDictionary<string, int> Statuses = new Dictionary<string, int>
    {
        ["invalid"] = 400,
        ["not-held"] = 409,
        ["ended"] = 409,
        ["session-ended"] = 409,
        ["other-request"] = 409,
        ["over-limit"] = 409,
        ["conflict"] = 409,
        ["too-large"] = 413,
        ["busy"] = 423,
        ["timed-out"] = 423,
        ["queue-full"] = 429,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The store that the server says it has; null where it says none.</summary>
    public static string? FindStore(HttpResponseMessage response) =>
        response.Headers.TryGetValues(StoreHeader, out var values) && values.ToList() is [{ Length: > 0 } store] ? store : null;

    /// <summary>The problem that the server tells; null where it tells none, or not as this API does.</summary>
    public static ProblemJson? FindProblem(HttpResponseMessage response, byte[] body) =>
        (int)response.StatusCode >= 400 && response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? Read(body, ReplyText.Default.ProblemJson)
            : null;

    /// <summary>A body of a shape; null where it is none.</summary>
    public static T? Read<T>(byte[] body, JsonTypeInfo<T> shape)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, shape);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>What to throw where the server does not let this client do it, which is no matter of another copy of the call; else null.</summary>
    public static UnauthorizedAccessException? FindRefusal(Server server, HttpResponseMessage response, ProblemJson? problem) =>
        response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            ? new UnauthorizedAccessException(
                $"The server {server.Address} refuses the call ({(int)response.StatusCode}). {problem?.Detail ?? "It does not say why."}")
            : null;

    /// <summary>Why a response says nothing of what came of the call; null where it does.</summary>
    public static string? FindTrouble(Server server, HttpResponseMessage response, ProblemJson? problem)
    {
        var status = (int)response.StatusCode;
        if (problem?.Code is { } code && Statuses.TryGetValue(code, out var expected))
            return status == expected ? null : $"The server {server.Address} says {code} with the status {status}.";
        if (problem is not null)
            return $"The server {server.Address} says {problem.Code ?? "nothing"} ({status}). {problem.Detail}";

        return status is 200 or 202 && response.Content.Headers.ContentType?.MediaType == "application/json" ? null
            : $"The server {server.Address} replied with the status {status}, and not as the API of LockGrains does."
                + (status == 404 ? " A silo whose API is off replies so: its log says why." : "");
    }
}
