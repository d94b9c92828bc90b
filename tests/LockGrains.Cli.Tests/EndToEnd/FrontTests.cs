using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using LockGrains.AspNetCore.Access;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A front: the HTTP API of silos that run elsewhere, over HTTPS.</summary>
public sealed class FrontTests : IDisposable
{
    private const string StoreHeader = "LockGrains-Store";

    private readonly TempFolder _folder = new();
    private readonly string _secret = AccessSecret.Create();
    private readonly int _port = FreePort.Find();
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _folder.Dispose();
    }

    [Fact]
    public async Task Front_OverHttps_ServesTheLocksOfItsSilo()
    {
        var silo = Add(SiloProcess.Start("--memory", "--LockGrains:Access:Anonymous", "local"));
        var front = StartFront(["--gateway", silo.Gateway, .. WriteCertificate("first")]);
        Assert.EndsWith($"LockGrains front ready on https://127.0.0.1:{_port}, for silos at {silo.Gateway}", await front.WhenLineAsync("front ready"), StringComparison.Ordinal);
        await front.WhenLineAsync("HTTP API on");
        using var https = Client("first");
        using var http = new HttpClient();

        using var reply = await https.PostAsJsonAsync(
            Url("/v1/acquire"), new { key = "report", leaseId = Guid.NewGuid(), owner = "front", leaseSeconds = 600 });
        using var seen = await http.GetAsync($"http://127.0.0.1:{silo.HttpPort}/v1/lock?key=report");

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Contains("\"front\"", await seen.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(seen.Headers.GetValues(StoreHeader), reply.Headers.GetValues(StoreHeader));
        Assert.DoesNotContain(front.Out.Concat(front.Error), line => line.Contains(_secret[3..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Front_WithoutAnAccessKey_ServesHealthAlone()
    {
        var silo = Add(SiloProcess.Start("--memory"));
        var front = StartFrontRaw("--gateway", silo.Gateway);
        using var http = new HttpClient();

        Assert.Contains("a cluster asks everybody for an access key", await front.WhenLineAsync("The HTTP API is off"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"http://127.0.0.1:{_port}/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"http://127.0.0.1:{_port}/v1")).StatusCode);
    }

    [Fact]
    public async Task Ready_TheSiloIsGone_SaysSo()
    {
        var silo = Add(SiloProcess.Start("--memory"));
        var front = StartFrontRaw("--gateway", silo.Gateway);
        await front.WhenLineAsync("front ready");
        using var http = new HttpClient();
        Assert.Equal("ready\n", await http.GetStringAsync($"http://127.0.0.1:{_port}/health/ready"));

        silo.Process.Signal(Posix.SigKill);
        await silo.Process.WhenExitedAsync();

        var said = await Eventually.BecomesAsync(
            async () => await (await http.GetAsync($"http://127.0.0.1:{_port}/health/ready")).Content.ReadAsStringAsync(), text => text != "ready\n", "front that is not ready");
        Assert.Equal("no silo replies\n", said);
    }

    /// <summary>A certificate is renewed by a program that writes files; no program tells the front.</summary>
    [Fact]
    public async Task Certificate_WrittenAnew_IsPresentedWithoutARestart()
    {
        var silo = Add(SiloProcess.Start("--memory"));
        var front = StartFront(["--gateway", silo.Gateway, .. WriteCertificate("first")]);
        await front.WhenLineAsync("front ready");
        Assert.Equal("CN=first", await PresentedAsync());

        await File.WriteAllTextAsync(_folder.File("key.pem"), "nonsense");
        await Eventually.BecomesAsync(async () => (await PresentedAsync(), front.Out.Any(line => line.Contains("could not be read again", StringComparison.Ordinal))).Item2, told => told, "warning");
        Assert.Equal("CN=first", await PresentedAsync());

        WriteCertificate("second");
        await Eventually.BecomesAsync(PresentedAsync, subject => subject == "CN=second", "second certificate");
    }

    [RequiresFact("redis-server")]
    public async Task Front_OnRedis_FindsTheSilosThere()
    {
        var redis = Add(await RedisProcess.StartAsync());
        var silo = Add(SiloProcess.Start("--redis", redis.ConnectionString));
        await silo.WhenReadyAsync();
        var front = StartFront(["--redis", redis.ConnectionString]);
        Assert.EndsWith("for silos found in Redis", await front.WhenLineAsync("front ready"), StringComparison.Ordinal);
        using var http = new HttpClient();

        Assert.Equal("ready\n", await http.GetStringAsync($"http://127.0.0.1:{_port}/health/ready"));
    }

    [PostgresFact]
    public async Task Front_OnPostgres_FindsTheSilosThere()
    {
        await using var server = await PostgresServer.StartAsync();
        var silo = Add(SiloProcess.Start("--postgres", server.ConnectionString));
        await silo.WhenReadyAsync();
        var front = StartFront(["--postgres", server.ConnectionString]);
        Assert.EndsWith("for silos found in PostgreSQL", await front.WhenLineAsync("front ready"), StringComparison.Ordinal);
        using var http = new HttpClient();

        Assert.Equal("ready\n", await http.GetStringAsync($"http://127.0.0.1:{_port}/health/ready"));
    }

    [Theory]
    [InlineData(69, "no silo replied at localhost:1 within 1s: nobody listens there", "--gateway", "localhost:1")]
    [InlineData(69, "no silo replied at nobody.invalid:1 within 1s: the name is not known", "--gateway", "nobody.invalid:1")]
    [InlineData(64, "LockGrains:HttpCertificate '/nowhere.pem' and HttpCertificateKey '/nowhere.key' cannot be used", "--gateway", "localhost:1", "--http-certificate", "/nowhere.pem", "--http-certificate-key", "/nowhere.key")]
    [InlineData(64, "LockGrains:Front is true, and nothing says where its silos are; set one of Gateway, Redis and Postgres.")]
    public async Task Front_ThatCannotStart_SaysWhyInOneLine(int exitCode, string why, params string[] args)
    {
        var front = StartFrontRaw(["--cluster-start-timeout", "1s", .. args]);
        await front.ExpectExitAsync(exitCode);

        Assert.Contains(why, front.Error[^1], StringComparison.Ordinal);
        Assert.InRange(front.Error.Count, 1, 2);
        Assert.DoesNotContain(front.Out, line => line.Contains("fail:", StringComparison.Ordinal));
    }

    private TestProcess StartFront(string[] args) => StartFrontRaw(
    [
        .. args,
        "--LockGrains:Access:Keys:0:Name", "test",
        "--LockGrains:Access:Keys:0:Sha256", AccessSecret.Hash(_secret),
        "--LockGrains:Access:Keys:0:Rules:0:Prefix", "",
        "--LockGrains:Access:Keys:0:Rules:0:Allow:0", "acquire",
    ]);

    private TestProcess StartFrontRaw(params string[] args) => Add(SiloProcess.StartRaw(["--front", "--http-port", $"{_port}", .. args]));

    private string Url(string path) => $"https://127.0.0.1:{_port}{path}";

    private async Task<string?> PresentedAsync()
    {
        string? subject = null;
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                subject = certificate?.Subject;
                return true;
            },
        };
        using var client = new HttpClient(handler);
        await client.GetStringAsync(Url("/health/live"));
        return subject;
    }

    private HttpClient Client(string name)
    {
        var client = new HttpClient(new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate?.Subject == $"CN={name}",
        });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _secret);
        _started.Add(client);
        return client;
    }

    private string[] WriteCertificate(string name)
    {
        var (path, keyPath) = (_folder.File("certificate.pem"), _folder.File("key.pem"));
        CertificateFiles.Write(name, path, keyPath);
        return ["--http-certificate", path, "--http-certificate-key", keyPath];
    }

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
