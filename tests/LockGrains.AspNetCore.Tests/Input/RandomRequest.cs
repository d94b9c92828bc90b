using System.Text;

namespace LockGrains.AspNetCore.Tests.Input;

/// <summary>A request of any kind: right, nearly right, or bytes.</summary>
/// <param name="Path">Below <c>/v1</c>; a read has its query.</param>
/// <param name="Body">What is sent; null for a read.</param>
/// <param name="IsCut">Whether the client goes before the reply.</param>
internal sealed record RandomRequest(string Path, byte[]? Body, bool IsCut)
{
    private static readonly string[] Paths =
        ["/acquire", "/renew", "/beat", "/release", "/cancel", "/verify", "/upgrade", "/cancel-upgrade", "/downgrade", "/value", "/revoke", "/limit", "/nothing", "",
            "/session/open", "/session/renew", "/session/close", "/session/revoke"];

    private static readonly string[] Reads = ["", "/lock", "/value", "/locks", "/session", "/nothing", "/acquire"];

    private static readonly string[] Parameters = ["key", "prefix", "state", "after", "limit", "id", "Key", "", "%", "leaseId"];

    private static readonly string[] Members =
    [
        "key", "leaseId", "owner", "leaseSeconds", "renews", "waitSeconds", "pollSeconds", "mode", "permits", "limit", "lockDelaySeconds", "value", "change", "ifVersion",
        "fencingToken", "force", "reason", "renewals", "waits", "session", "sessionToken", "metadata", "text", "base64", "keepForSeconds", "Key", "", "\\ud800", "x",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "1", "-1", "0.5", "1e400", "-1e400", "9223372036854775807", "9223372036854775808", "1e-300", "\"\"", "\"k\"", "\"exclusive\"", "\"shared\"",
        "\"upgradeable\"", "\"\\udfff\"", "\"\\u0000\"", "[]", "[null]", "[[]]", "{}", "{\"text\":\"a\"}", "{\"base64\":\"YQ\"}", "[{\"key\":\"k\"}]", "NaN", "'", "\"😀\"",
        "[{\"key\":\"k\",\"leaseId\":\"0f8fad5b-d9cb-469f-a165-70867728950e\"}]", "\"0f8fad5b-d9cb-469f-a165-70867728950e\"", "\"0F8FAD5BD9CB469FA16570867728950E\"",
    ];

    /// <summary>Draws one.</summary>
    public static RandomRequest Draw(Random random)
    {
        var isCut = random.Next(50) == 0;
        return random.Next(10) == 0
            ? new RandomRequest($"{Pick(random, Reads)}{DrawQuery(random)}", null, isCut)
            : new RandomRequest(Pick(random, Paths), DrawBody(random), isCut);
    }

    public override string ToString() => Body is null ? $"GET {Path}" : $"POST {Path} {Encoding.UTF8.GetString(Body)}";

    private static string DrawQuery(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(place =>
        $"{(place == 0 ? '?' : '&')}{Pick(random, Parameters)}={(random.Next(2) == 0 ? "k" : Uri.EscapeDataString(Pick(random, Values)))}"));

    private static byte[] DrawBody(Random random)
    {
        var members = Enumerable.Range(0, random.Next(8)).Select(_ => $"\"{Pick(random, Members)}\":{Pick(random, Values)}").ToList();
        if (random.Next(3) > 0)
        {
            members.Add($"\"key\":\"{(random.Next(2) == 0 ? "k" : "l")}\"");
            members.Add($"\"leaseId\":\"{DrawLeaseId(random)}\"");
            members.Add($"\"owner\":\"{(random.Next(2) == 0 ? "a" : "b")}\"");
            members.Add($"\"pollSeconds\":{(random.Next(2) == 0 ? "0" : "0.02")}");
        }
        else if (random.Next(2) == 0)
        {
            members.Add($"\"session\":\"{new Guid(random.Next(2) + 1, 0, 0, new byte[8])}\"");
            members.Add($"\"leaseId\":\"{DrawLeaseId(random)}\"");
            members.Add("\"owner\":\"a\"");
        }

        var bytes = Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}");
        if (random.Next(4) == 0)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    /// <summary>Mostly one that was there before, and sometimes a new one.</summary>
    private static Guid DrawLeaseId(Random random) =>
        new(random.Next(4) > 0 ? random.Next(8) + 1 : random.Next(int.MaxValue), 0, 0, new byte[8]);

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
