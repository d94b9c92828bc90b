using System.Net;
using System.Text.Json.Nodes;

namespace LockGrains.Chaos;

/// <summary>A reply of the HTTP API, and when its request was sent, from which its times count.</summary>
internal sealed record HttpReply(HttpStatusCode Status, JsonNode Body, long SentAt)
{
    /// <summary>What a problem is called by programs; null for none.</summary>
    public string? Code => Body["code"]?.GetValue<string>();

    public long FencingToken => Body["fencingToken"]!.GetValue<long>();

    /// <summary>Until when the hold is valid.</summary>
    public long Until => SentAt + (long)(Body["validForSeconds"]!.GetValue<double>() * 1e9);

    /// <summary>When a request that waits is to be sent again.</summary>
    public TimeSpan NextPoll => TimeSpan.FromSeconds(Body["nextPollSeconds"]?.GetValue<double>() ?? 0);

    /// <summary>Whether the lock could not be had: it is somebody else's, or the request is over, or too many wait.</summary>
    public bool IsRefusal => Status is HttpStatusCode.Locked or HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests;

    /// <summary>Whether nobody can say what came of it: the same request is to be sent again.</summary>
    public bool IsUnknown => Status >= HttpStatusCode.InternalServerError;
}
