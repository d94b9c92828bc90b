using System.Text.Json.Nodes;

namespace LockGrains.Chaos;

/// <summary>One request over HTTP, and the hold that comes of it.</summary>
internal sealed class HttpHold(string key, Guid leaseId, int attempt)
{
    public int Attempt => attempt;

    public long Token { get; set; }

    /// <summary>Until when its caller may believe to hold: what the last reply said, counted from when its request was sent.</summary>
    public long Until { get; set; }

    public HistoryLine Line(Happening what) => new() { What = what, Attempt = attempt, Key = key, Token = Token };

    public JsonObject Body(params (string Name, JsonNode Value)[] members)
    {
        var body = new JsonObject { ["key"] = key, ["leaseId"] = leaseId.ToString() };
        foreach (var (name, value) in members)
            body[name] = value;
        return body;
    }
}
