using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LockGrains.Chaos.Tests;

/// <summary>What a silo serves to a machine on its network: without an access key nothing but its health.</summary>
// One at a time: the network of a run is named after its process.
[Collection("network")]
public sealed class OtherNetworkTests
{
    private static readonly string Secret = "lg_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static readonly string[] Open = ["GET /health/live", "GET /health/ready"];

    [NamespacesFact]
    public async Task SiloForTheNetwork_WithoutKeys_HasHealthAlone()
    {
        await using var net = await Net.CreateAsync(wantsNamespaces: true);
        using var silo = await RunningSilo.StartAsync("--http-address", "0.0.0.0");

        var statuses = await CallAllAsync(await net.JoinAsync("other"), net, silo, secret: null);

        Assert.All(statuses, one => Assert.Equal((one.Call, Open.Contains(one.Call) ? "200" : "404"), (one.Call, one.Status)));
    }

    [NamespacesFact]
    public async Task SiloForTheNetwork_WithKeys_HasHealthAloneForWhoSendsNone()
    {
        await using var net = await Net.CreateAsync(wantsNamespaces: true);
        using var silo = await RunningSilo.StartAsync(
            "--http-address", "0.0.0.0",
            "--LockGrains:Access:Keys:0:Name", "test",
            "--LockGrains:Access:Keys:0:Sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret))),
            "--LockGrains:Access:Keys:0:Rules:0:Prefix", "a",
            "--LockGrains:Access:Keys:0:Rules:0:Allow:0", "read");
        var other = await net.JoinAsync("other");

        var statuses = await CallAllAsync(other, net, silo, secret: null);
        Assert.All(statuses, one => Assert.Equal((one.Call, Open.Contains(one.Call) ? "200" : "401"), (one.Call, one.Status)));

        // With the key the same calls reach what they are for.
        statuses = await CallAllAsync(other, net, silo, Secret);
        Assert.DoesNotContain(statuses, one => one.Status is "401" or "000");
        Assert.Contains(("GET /v1/lock", "200"), statuses);
    }

    [NamespacesFact]
    public async Task SiloAsItComes_IsNotReached_NorAreItsOtherPorts()
    {
        await using var net = await Net.CreateAsync(wantsNamespaces: true);

        // As open as it can be: for programs of its machine.
        using var silo = await RunningSilo.StartAsync("--LockGrains:Access:Anonymous", "local");
        var other = await net.JoinAsync("other");

        Assert.Equal("200", await CallAsync(new Place("here", net.Host, null), "GET", "127.0.0.1", silo.HttpPort, "/v1", secret: null));
        foreach (var port in new[] { silo.HttpPort, silo.SiloPort, silo.GatewayPort })
            Assert.Equal("000", await CallAsync(other, "GET", $"{net.Host}", port, "/health/live", secret: null));
    }

    /// <summary>Every call of the API by its description, with a body that has all that any call needs; health; and the description.</summary>
    private static async Task<IReadOnlyList<(string Call, string Status)>> CallAllAsync(Place from, Net net, RunningSilo silo, string? secret)
    {
        using var description = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "src", "LockGrains.AspNetCore", "OpenApi", "openapi.json")));
        var calls = description.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"))
            .Concat(Open).Append("GET /openapi/v1.json").Append("GET /v1/nothing").ToList();
        Assert.True(calls.Count > 20, $"Only {calls.Count} calls were found.");
        var statuses = new List<(string, string)>();
        foreach (var call in calls)
        {
            var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
            statuses.Add((call, await CallAsync(from, method, $"{net.Host}", silo.HttpPort, $"{path}{QueryOf(call)}", secret)));
        }

        return statuses;
    }

    /// <summary>What a read asks for; the watch asks for more than it may, or it would go on.</summary>
    private static string QueryOf(string call) => call switch
    {
        "GET /v1/lock" or "GET /v1/value" => "?key=a",
        "GET /v1/locks" => "?prefix=a",
        "GET /v1/watch" => "?key=b",
        "GET /v1/session" => $"?id={Guid.NewGuid()}",
        _ => "",
    };

    /// <summary>The status of a call as curl prints it; 000 where nobody is reached.</summary>
    private static async Task<string> CallAsync(Place from, string method, string host, int port, string path, string? secret) => (await Shell.ReadAsync(
    [
        .. from.Command(
        [
            "curl", "--silent", "--noproxy", "*", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}", "--request", method,
            .. method == "POST" ? ["--header", "Content-Type: application/json", "--data", "{}"] : Array.Empty<string>(),
            .. secret is null ? Array.Empty<string>() : ["--header", $"Authorization: Bearer {secret}"],
            string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}{path}"),
        ]),
    ])).Trim();

    /// <summary>A silo as it ships, in memory, on ports of its own.</summary>
    private sealed class RunningSilo : IDisposable
    {
        private readonly TestProcess _process;

        private RunningSilo(string[] args)
        {
            _process = TestProcess.Start(
                "silo", "dotnet",
                [SiloCommand.Program, "--memory", "--silo-port", $"{SiloPort}", "--gateway-port", $"{GatewayPort}", "--http-port", $"{HttpPort}", .. args]);
        }

        public int SiloPort { get; } = FreePort.Find();

        public int GatewayPort { get; } = FreePort.Find();

        public int HttpPort { get; } = FreePort.Find();

        public static async Task<RunningSilo> StartAsync(params string[] args)
        {
            var silo = new RunningSilo(args);
            await silo._process.WhenLineAsync("LockGrains silo ready");
            return silo;
        }

        public void Dispose() => _process.Dispose();
    }
}
