using System.Net;
using LockGrains.Cli.Children;
using Xunit.Abstractions;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>Silos as they ship on one PostgreSQL and nothing else: membership and locks are there.</summary>
public sealed class PostgresClusterTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Waiters = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("lockgrains-order").FullName;
    private readonly List<IDisposable> _started = [];
    private PostgresServer _server = null!;

    public async Task InitializeAsync()
    {
        if (PostgresInstallation.SkipReason is null)
            _server = await PostgresServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _started.ForEach(started => started.Dispose());
        Directory.Delete(_folder, recursive: true);
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [PostgresFact]
    public async Task Run_TheSiloOfItsLockIsKilled_TheOtherHandsItOverInOrder()
    {
        var silos = await StartTwoAsync();
        var servers = $"{silos[0].Url},{silos[1].Url}";

        // A lock lives on the silo that was asked for it first.
        using (var first = Programs.StartCli("run", "order", "--server", silos[0].Url, "--", "true"))
            await first.ExpectExitAsync(0);
        var holder = Start("order", servers, "sh", "-c", "echo holding $LOCK_FENCING_TOKEN; read line");
        await holder.WhenLineAsync("holding");
        var waiters = new List<TestProcess>();
        for (var place = 1; place <= Waiters; place++)
        {
            waiters.Add(Start("order", servers, "sh", "-c", "echo $1 $LOCK_FENCING_TOKEN >> \"$2/order\"; echo granted", "wait", $"{place}", _folder));
            await waiters[^1].WhenLineAsync($"place {place} of {place}");
        }

        var killedAt = TimeProvider.System.GetTimestamp();
        silos[0].Process.Signal(Posix.SigKill);
        await holder.WriteInputAsync("end\n");
        await waiters[0].WhenLineAsync("granted");
        output.WriteLine($"From SIGKILL of the lock's silo to the next grant: {TimeProvider.System.GetElapsedTime(killedAt).TotalSeconds:0.0} s.");
        foreach (var process in waiters.Prepend(holder))
            await process.ExpectExitAsync(0);

        var lines = File.ReadAllLines(Path.Combine(_folder, "order")).Select(line => line.Split(' ')).ToList();
        Assert.Equal(Enumerable.Range(1, Waiters).Select(place => $"{place}"), lines.Select(line => line[0]));
        Assert.Equal(lines.Select(line => line[1]).Order(StringComparer.Ordinal), lines.Select(line => line[1]));
        AssertNoPassword(silos.Select(silo => silo.Process));
    }

    [PostgresFact]
    public async Task Run_EverySiloIsKilledAndStartedAgain_TheHolderKeepsItsLockAndATryIsRefused()
    {
        // The silo of a busy machine may be away for longer than an ordinary lease.
        string[] settings = ["--LockGrains:Locks:FirstLease", "00:05:00"];
        var silo = await StartAsync(settings);
        var holder = Add(Programs.StartCli(
            "run", "kept", "--server", silo.Url, "--retry-for", "3m", "--lease", "5m", "--", "sh", "-c", "echo holding $LOCK_FENCING_TOKEN; read line"));
        var token = (await holder.WhenLineAsync("holding")).Split(' ')[1];
        silo.Process.Signal(Posix.SigKill);
        await silo.Process.WhenExitedAsync();
        var again = Add(SiloProcess.StartRaw(
            [
                "--postgres", _server.ConnectionString, "--silo-port", $"{silo.SiloPort}", "--gateway-port", $"{silo.GatewayPort}", "--http-port", $"{silo.HttpPort}",
                .. TestAccess.Arguments, .. settings,
            ]));
        await again.WhenLineAsync("LockGrains silo ready");

        using (var rival = Programs.StartCli("run", "kept", "--server", silo.Url, "--wait", "0s", "--", "true"))
            Assert.NotEqual(0, await rival.WhenExitedAsync());
        await holder.WriteInputAsync("end\n");
        await holder.ExpectExitAsync(0);
        using var next = Programs.StartCli("run", "kept", "--server", silo.Url, "--", "sh", "-c", "echo $LOCK_FENCING_TOKEN");
        await next.ExpectExitAsync(0);
        Assert.True(long.Parse(next.Out[0], System.Globalization.CultureInfo.InvariantCulture) > long.Parse(token, System.Globalization.CultureInfo.InvariantCulture));
    }

    [PostgresFact]
    public async Task Ready_PostgresGoneAndBack_SaysSo()
    {
        var silo = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(silo));
        await _server.StopImmediatelyAsync();
        await Eventually.BecomesAsync(() => HealthAsync(silo), status => status == HttpStatusCode.ServiceUnavailable, "silo that is not ready");
        await _server.RestartAsync();
        await Eventually.BecomesAsync(() => HealthAsync(silo), status => status == HttpStatusCode.OK, "silo that is ready again");
        AssertNoPassword([silo.Process]);
    }

    [PostgresFact]
    public async Task Start_PostgresComesLater_WaitsForIt()
    {
        await _server.StopAsync();
        var silo = Add(SiloProcess.Start("--postgres", _server.ConnectionString, "--postgres-start-timeout", "00:02:00"));
        await silo.Process.WhenLineAsync("waiting up to 120 s for PostgreSQL at 127.0.0.1:");
        await _server.RestartAsync();

        Assert.EndsWith("storage PostgreSQL", await silo.WhenReadyAsync(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_PostgresAbsent_Exits69InPlainLines()
    {
        await _server.StopAsync();
        var silo = Add(SiloProcess.Start("--postgres", _server.ConnectionString, "--postgres-start-timeout", "00:00:01"));
        await silo.Process.ExpectExitAsync(69);

        Assert.InRange(silo.Process.Error.Count, 1, 2);
        Assert.Contains($"PostgreSQL at 127.0.0.1:{_server.Port}", silo.Process.Error[^1], StringComparison.Ordinal);
        AssertNoPassword([silo.Process]);
    }

    [PostgresTheory]
    [InlineData("Password=a secret that is wrong", "password authentication failed")]
    [InlineData("Database=nowhere", "\"nowhere\" does not exist")]
    [InlineData("Options=-c fsync", "fsync requires a value")]
    [InlineData("Multiplexing=true", "LockGrains:Postgres sets Multiplexing=true")]
    [InlineData("Hst=h", "LockGrains:Postgres is malformed at setting")]
    public async Task Start_RefusedOrWrong_Exits64InOneLineWithoutThePassword(string changed, string named)
    {
        var silo = Add(SiloProcess.Start("--postgres", $"{_server.ConnectionString};{changed}"));
        await silo.Process.ExpectExitAsync(64);

        Assert.Contains(named, Assert.Single(silo.Process.Error), StringComparison.Ordinal);
        AssertNoPassword([silo.Process]);
    }

    [PostgresFact]
    public async Task Start_UnsafeServer_Exits64AndNamesTheSetting()
    {
        await _server.SetAsync("fsync", "off");
        var silo = Add(SiloProcess.Start("--postgres", _server.ConnectionString));
        await silo.Process.ExpectExitAsync(64);

        Assert.Contains("fsync = off", Assert.Single(silo.Process.Error), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Start_NothingMayBeCreated_Exits64WithTheScriptToRun()
    {
        var silo = Add(SiloProcess.Start("--postgres", _server.ConnectionString, "--create-schema", "false"));
        await silo.Process.ExpectExitAsync(64);

        Assert.Contains("records.sql", Assert.Single(silo.Process.Error), StringComparison.Ordinal);
        Assert.Equal(0, await _server.AskAsync<long>("select count(*) from pg_class where relname like 'lockgrains%' or relname like 'orleans%'"));
    }

    [PostgresFact]
    public async Task Start_RedisAndPostgres_Exits64()
    {
        var silo = Add(SiloProcess.Start("--postgres", _server.ConnectionString, "--redis", "127.0.0.1:1"));
        await silo.Process.ExpectExitAsync(64);

        Assert.Contains("are set together", Assert.Single(silo.Process.Error), StringComparison.Ordinal);
    }

    private static void AssertNoPassword(IEnumerable<TestProcess> processes) =>
        Assert.All(processes, process => Assert.DoesNotContain(PostgresServer.PieceOfPassword, process.Describe(), StringComparison.Ordinal));

    private async Task<SiloProcess[]> StartTwoAsync()
    {
        // At once: both find no tables.
        SiloProcess[] silos = [Add(SiloProcess.StartKeyed("--postgres", _server.ConnectionString)), Add(SiloProcess.StartKeyed("--postgres", _server.ConnectionString))];
        await Task.WhenAll(silos.Select(silo => silo.WhenReadyAsync()));
        return silos;
    }

    private async Task<SiloProcess> StartAsync(params string[] settings)
    {
        var silo = Add(SiloProcess.StartKeyed(["--postgres", _server.ConnectionString, .. settings]));
        await silo.WhenReadyAsync();
        return silo;
    }

    private TestProcess Start(string key, string servers, params string[] command) =>
        Add(Programs.StartCli(["run", key, "--server", servers, "--retry-for", "3m", "--", .. command]));

    private static async Task<HttpStatusCode> HealthAsync(SiloProcess silo)
    {
        using var http = new HttpClient { Timeout = TestProcess.Guard };
        using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/health/ready"));
        return response.StatusCode;
    }

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
