using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using LockGrains.AspNetCore.Access;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>The silo as a program: what of its HTTP API is open, the operator's key, and keys that change while it runs.</summary>
public sealed class AccessProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task OffLoopbackWithoutKeys_OnlyHealthIsServed_AndOneLineSaysWhy()
    {
        var silo = Add(SiloProcess.Start("--http-address", "0.0.0.0"));

        var line = await silo.Process.WhenLineAsync("The HTTP API is off");

        Assert.Contains("others can reach 0.0.0.0, and there is no access key", line, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, "/health/live"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(silo, "/"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(silo, "/v1"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(silo, "/v1/lock?key=a"));
    }

    [Fact]
    public async Task SiloWithAFile_MakesAnOperatorKeyOnce_AndSaysWhereAndNotWhat()
    {
        var data = _folder.File("locks.db");
        var first = Add(SiloProcess.Start("--data", data));
        var line = await first.Process.WhenLineAsync("The operator's access key");
        var secret = File.ReadAllText($"{data}.operator-key").Trim();

        Assert.EndsWith($"is in '{data}.operator-key'.", line, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await GetAsync(first, "/v1", secret));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(first, "/v1", AccessSecret.Create()));
        first.Process.Signal(Posix.SigTerm);
        await first.Process.ExpectExitAsync(0);

        var second = Add(SiloProcess.Start("--data", data));
        await second.Process.WhenLineAsync("The operator's access key");
        Assert.Equal(secret, File.ReadAllText($"{data}.operator-key").Trim());
        Assert.All(
            first.Process.Out.Concat(first.Process.Error).Concat(second.Process.Out).Concat(second.Process.Error),
            text => Assert.DoesNotContain(secret[3..], text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RevocationByTheOperator_IsALineOfTheAuditLog()
    {
        var data = _folder.File("locks.db");
        var silo = Add(SiloProcess.Start("--data", data));
        await silo.Process.WhenLineAsync("The operator's access key");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{silo.HttpPort}/v1/revoke")
        {
            Content = new StringContent("""{ "key": "billing/42", "fencingToken": 17, "reason": "gone\nwarn: forged" }""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync($"{data}.operator-key")).Trim());
        using var response = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.EndsWith(
            "operator at 127.0.0.1 revoked \"billing/42\", fencing token 17, reason \"gone\\u{A}warn: forged\": not-held",
            await silo.Process.WhenLineAsync("LockGrains.Audit"),
            StringComparison.Ordinal);
    }

    /// <summary>
    /// What nginx sends to a server behind it with its default configuration: HTTP/1.0 and the address that it calls as the host, since 1.29.7
    /// HTTP/1.1. The newer one cannot be told from a program of this machine (docs/ACCESS.md), so revoke is 403 whoever asks.
    /// </summary>
    [Theory]
    [InlineData("1.0", "POST", "/v1/revoke", 403)]
    [InlineData("1.0", "GET", "/v1/lock?key=a", 401)]
    [InlineData("1.0", "GET", "/health/live", 200)]
    [InlineData("1.1", "POST", "/v1/revoke", 403)]
    [InlineData("1.1", "GET", "/v1/lock?key=a", 200)]
    public async Task BehindNginxAsItComes_NobodyRevokes(string version, string method, string path, int status)
    {
        var silo = Add(SiloProcess.Start("--memory", "--LockGrains:Access:Anonymous", "local"));
        await silo.Process.WhenLineAsync("HTTP API on ");
        var body = method == "POST" ? """{ "key": "a", "fencingToken": 17 }""" : "";
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, silo.HttpPort);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/{version}\r\nHost: 127.0.0.1:{silo.HttpPort}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        var reply = await reader.ReadToEndAsync().WaitAsync(TestProcess.Guard);

        Assert.StartsWith($"HTTP/1.1 {status} ", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OperatorKeyThatOthersCanRead_IsRefusedWithAWarning()
    {
        if (OperatingSystem.IsWindows())
            return;
        var data = _folder.File("locks.db");
        var secret = AccessSecret.Create();
        await File.WriteAllTextAsync($"{data}.operator-key", secret);
        File.SetUnixFileMode($"{data}.operator-key", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var silo = Add(SiloProcess.Start("--data", data));

        Assert.Contains("others than its owner", await silo.Process.WhenLineAsync("is not accepted"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, "/v1", secret));
    }

    /// <summary>
    /// The settings of an environment of the test's own, in the file that .NET reads for it: a new key counts without a restart; a file that cannot
    /// be read changes nothing and is told.
    /// </summary>
    [RequiresFact("env")]
    public async Task KeysInAFile_AreReadAgainWhileTheSiloRuns()
    {
        var (old, fresh) = (AccessSecret.Create(), AccessSecret.Create());
        var environment = $"test-{Guid.NewGuid():N}";
        var settings = Path.Combine(Path.GetDirectoryName(Programs.Silo)!, $"appsettings.{environment}.json");
        try
        {
            await File.WriteAllTextAsync(settings, Json(old));
            var silo = Add(SiloProcess.StartWrapped(
                command => ["env", $"ASPNETCORE_ENVIRONMENT={environment}", .. command], "--memory"));
            await silo.Process.WhenLineAsync("HTTP API on ");
            Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, "/v1", old));
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, "/v1", fresh));
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, "/v1"));

            await File.WriteAllTextAsync(settings, Json(old, fresh));
            await silo.Process.WhenLineAsync("accepted now: 2");
            Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, "/v1", fresh));

            await File.WriteAllTextAsync(settings, "{ nonsense");
            await silo.Process.WhenLineAsync("could not be read again");
            Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, "/v1", old));

            await File.WriteAllTextAsync(settings, Json(fresh).Replace("acquire", "everything", StringComparison.Ordinal));
            await silo.Process.WhenLineAsync("is wrong and is not taken");
            Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, "/v1", old));

            await File.WriteAllTextAsync(settings, Json(fresh));
            await silo.Process.WhenLineAsync("accepted now: 1");
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(silo, "/v1", old));
            Assert.Equal(HttpStatusCode.OK, await GetAsync(silo, "/v1", fresh));
        }
        finally
        {
            File.Delete(settings);
        }
    }

    private static string Json(params string[] secrets) => $$"""
        { "LockGrains": { "Access": { "Keys": [ {{string.Join(", ", secrets.Select(secret => $$"""
            { "Name": "test", "Sha256": "{{AccessSecret.Hash(secret)}}", "Rules": [ { "Prefix": "", "Allow": [ "acquire", "read" ] } ] }
            """))}} ] } } }
        """;

    private async Task<HttpStatusCode> GetAsync(SiloProcess silo, string path, string? secret = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{silo.HttpPort}{path}");
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
