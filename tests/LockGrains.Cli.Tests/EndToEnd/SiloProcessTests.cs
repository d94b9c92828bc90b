using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LockGrains.Cli.Children;
using LockGrains.Cli.Tests.Silo;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>The silo as a program: starting, refusing to start, health, stopping.</summary>
public sealed class SiloProcessTests : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TestProcess.Guard };
    private readonly List<IDisposable> _started = [];

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _http.Dispose();
    }

    [Fact]
    public async Task Start_InMemory_SaysWhereItIsAndThatNothingIsDurable()
    {
        var silo = Add(SiloProcess.Start(TestAccess.Anonymous));
        var ready = await silo.WhenReadyAsync();
        Assert.Contains($"ready on 127.0.0.1:{silo.SiloPort}, gateway {silo.GatewayPort}, name Silo_", ready, StringComparison.Ordinal);
        Assert.EndsWith("storage memory (not durable)", ready, StringComparison.Ordinal);
        await silo.Process.WhenLineAsync("not durable: locks do not survive a restart");
        await silo.Process.WhenLineAsync($"clients reach it by --server {silo.Url};");
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(silo, "live"));
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(silo, "ready"));
        Assert.DoesNotContain(silo.Process.Out, line => line.Contains("fail:", StringComparison.Ordinal));
        Assert.Empty(silo.Process.Error);
    }

    [RequiresFact("bash")]
    public async Task HealthCheck_OfTheDockerfile_AsksTheReadyEndpoint()
    {
        var silo = Add(SiloProcess.Start());
        await silo.WhenReadyAsync();
        var command = JsonSerializer.Deserialize<string[]>(ContainerFilesTests.HealthCheckCommand)!;
        Assert.Equal(0, await RunAsync(command, silo.HttpPort));
        Assert.NotEqual(0, await RunAsync(command, FreePort.Find()));
    }

    [Theory]
    [InlineData(Posix.SigTerm)]
    [InlineData(Posix.SigInt)]
    public async Task Stop_BySignal_Exits0(int signal)
    {
        var silo = Add(SiloProcess.Start());
        await silo.WhenReadyAsync();
        silo.Process.Signal(signal);
        await silo.Process.WhenLineAsync("stopping");
        await silo.Process.ExpectExitAsync(0);
    }

    [Theory]
    [InlineData("LockGrains:SiloPort", "--silo-port", "0")]
    [InlineData("--gatway-port", "--gatway-port", "30001")]
    [InlineData("LockGrains:Locks:QueueLimit", "--LockGrains:Locks:QueueLimit", "0")]
    [InlineData("LockGrains:Redis", "--redis", "h:1,bogus=2")]
    [InlineData("LockGrains:Redis and Memory", "--redis", "h:1", "--memory")]
    public async Task Start_WrongSetting_Exits64AndNamesIt(string named, params string[] args)
    {
        var silo = Add(SiloProcess.StartRaw(args));
        await silo.ExpectExitAsync(64);
        Assert.Contains(named, Assert.Single(silo.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PortTaken_Exits64AndNamesIt()
    {
        var first = Add(SiloProcess.Start());
        await first.WhenReadyAsync();
        var second = Add(SiloProcess.Start("--gateway-port", $"{first.GatewayPort}"));
        await second.Process.ExpectExitAsync(64);
        Assert.Contains($"LockGrains:GatewayPort is {first.GatewayPort}", Assert.Single(second.Process.Error), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RedisAbsent_Exits69InPlainLines()
    {
        var silo = Add(SiloProcess.Start("--redis", $"127.0.0.1:{FreePort.Find()}", "--redis-start-timeout", "00:00:01"));
        await silo.Process.ExpectExitAsync(69);
        Assert.InRange(silo.Process.Error.Count, 1, 2);
        Assert.Contains("did not answer within 1 s", silo.Process.Error[^1], StringComparison.Ordinal);
    }

    [RequiresFact("redis-server")]
    public async Task Start_RedisComesLater_WaitsForIt()
    {
        var port = FreePort.Find();
        var silo = Add(SiloProcess.Start("--redis", $"127.0.0.1:{port}"));
        await silo.Process.WhenLineAsync("waiting up to 30 s for Redis");
        Add(await RedisProcess.StartAsync(port));
        Assert.EndsWith("storage Redis", await silo.WhenReadyAsync(), StringComparison.Ordinal);
    }

    [RequiresFact("redis-server")]
    public async Task Ready_RedisHangs_IsNotReadyUntilItAnswersAgain()
    {
        var redis = Add(await RedisProcess.StartAsync());
        var silo = Add(SiloProcess.Start("--redis", redis.ConnectionString));
        await silo.WhenReadyAsync();
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(silo, "ready"));
        redis.Pause();

        // What was found before is told for a second.
        await Eventually.BecomesAsync(() => HealthAsync(silo, "ready"), status => status == HttpStatusCode.ServiceUnavailable, "failure of the storage");
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(silo, "live"));
        redis.Resume();
        // Each answer is an event; the guard of the client ends a silo that never recovers.
        using var guard = new CancellationTokenSource(TestProcess.Guard, TimeProvider.System);
        while (await HealthAsync(silo, "ready") != HttpStatusCode.OK)
        {
            guard.Token.ThrowIfCancellationRequested();
        }
    }

    private async Task<HttpStatusCode> HealthAsync(SiloProcess silo, string which)
    {
        using var response = await _http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/health/{which}"));
        return response.StatusCode;
    }

    private static async Task<int> RunAsync(string[] command, int httpPort)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true };
        start.Environment["LockGrains__HttpPort"] = $"{httpPort}";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync().WaitAsync(TestProcess.Guard);
        return process.ExitCode;
    }

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
