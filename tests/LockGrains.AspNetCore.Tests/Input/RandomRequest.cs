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
            "/session/open", "/session/renew", "/session/close", "/session/revoke", "/tidy"];

    private static readonly string[] Often = ["/acquire", "/acquire", "/release", "/cancel", "/renew"];

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
            : DrawPost(random, isCut);
    }

    public override string ToString() => Body is null ? $"GET {Path}" : $"POST {Path} {Encoding.UTF8.GetString(Body)}";

    private static RandomRequest DrawPost(Random random, bool isCut)
    {
        // Half of all is about who gets the lock.
        var path = random.Next(2) == 0 ? Pick(random, Often) : Pick(random, Paths);
        return new RandomRequest(path, DrawBody(random, path), isCut);
    }

    private static string DrawQuery(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(place =>
        $"{(place == 0 ? '?' : '&')}{Pick(random, Parameters)}={(random.Next(2) == 0 ? "k" : Uri.EscapeDataString(Pick(random, Values)))}"));

    /// <summary>A third is what the call asks for. The rest is spoiled: by members of anything, by a byte, by its end.</summary>
    private static byte[] DrawBody(Random random, string path)
    {
        var spoils = random.Next(3);
        var members = spoils == 2 && random.Next(2) == 0 ? [] : DrawMembers(random, path).ToList();
        if (spoils > 0)
            members.InsertRange(random.Next(members.Count + 1), Enumerable.Range(0, random.Next(8)).Select(_ => $"\"{Pick(random, Members)}\":{Pick(random, Values)}"));
        var bytes = Encoding.UTF8.GetBytes($"{{{string.Join(',', members.Where(member => member.Length > 0))}}}");
        if (spoils > 0 && random.Next(4) == 0)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return spoils > 0 && random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static IEnumerable<string> DrawMembers(Random random, string path)
    {
        var isSession = path.StartsWith("/session", StringComparison.Ordinal);
        if (path != "/beat")
            yield return isSession ? $"\"session\":\"{new Guid(random.Next(2) + 1, 0, 0, new byte[8])}\"" : $"\"key\":\"{DrawKey(random)}\"";
        if (path is not ("/beat" or "/revoke" or "/limit" or "/session/revoke"))
            yield return $"\"leaseId\":\"{DrawLeaseId(random)}\"";
        if (path is "/acquire" or "/session/open")
            yield return $"\"owner\":\"{(random.Next(4) > 0 ? "a" : "b")}\"";
        if (path is "/acquire" or "/upgrade")
            yield return $"\"pollSeconds\":{(random.Next(2) == 0 ? "0" : "0.02")},\"waitSeconds\":{Pick(random, ["0", "0.05", "1", "60"])}";
        yield return path switch
        {
            "/acquire" => Pick(random, ["\"mode\":\"exclusive\"", "\"mode\":\"shared\"", "\"mode\":\"upgradeable\"", "\"mode\":\"shared\",\"permits\":2,\"limit\":3", "\"renews\":true"]),
            "/upgrade" or "/cancel-upgrade" or "/downgrade" => $"\"change\":{random.Next(1, 4)}",
            "/value" => $"\"value\":{Pick(random, ["null", "{\"text\":\"a\"}", "{\"base64\":\"YQ==\",\"keepForSeconds\":1}"])},\"ifVersion\":{random.Next(4)}",
            "/revoke" => "\"fencingToken\":0,\"force\":true",
            "/limit" => $"\"limit\":{Pick(random, ["null", "1", "3"])},\"ifVersion\":{random.Next(4)}",
            "/beat" => $"\"{Pick(random, ["renewals", "waits"])}\":[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"{{\"key\":\"{DrawKey(random)}\",\"leaseId\":\"{DrawLeaseId(random)}\"}}"))}]",
            "/session/open" or "/session/revoke" => "\"" + (path == "/session/open" ? "leaseSeconds\":2" : "reason\":\"r\""),
            _ => "",
        };
    }

    private static string DrawKey(Random random) => random.Next(2) == 0 ? "k" : "l";

    /// <summary>Mostly one that was there before, and sometimes a new one.</summary>
    private static Guid DrawLeaseId(Random random) =>
        new(random.Next(4) > 0 ? random.Next(8) + 1 : random.Next(int.MaxValue), 0, 0, new byte[8]);

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
