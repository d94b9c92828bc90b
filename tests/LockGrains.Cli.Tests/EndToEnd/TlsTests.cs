using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>Mutual TLS between silos, and between Orleans clients and their gateways: with real processes, and who is let in.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ClusterAuthority _authority;
    private readonly List<IDisposable> _started = [];

    public TlsTests() => _authority = new ClusterAuthority(_folder);

    public void Dispose()
    {
        _started.ForEach(started => started.Dispose());
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Client_WithACertificate_ReachesLocksAndNothingElse()
    {
        var silo = await StartSiloAsync();
        await using var program = await OrleansProgram.StartAsync([silo], _authority.SignClient());

        await using (var handle = await program.Locks.AcquireAsync("report"))
            Assert.True(handle.FencingToken > 0);
        await using (var session = await program.Locks.OpenSessionAsync())
        {
            await using var under = await session.AcquireAsync("under-a-session");
            await foreach (var page in program.Locks.ListAsync("under"))
                Assert.Equal(under.Key, Assert.Single(page.Locks).Key);
        }

        var refused = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => program.Grains.GetGrain<IManagementGrain>(0).GetDetailedHosts());

        Assert.Contains("IManagementGrain.GetDetailedHosts is not for clients", refused.Message, StringComparison.Ordinal);
        await silo.Process.WhenLineAsync("IManagementGrain.GetDetailedHosts, which is not for clients");
        Assert.DoesNotContain(silo.Process.Out, line => line.Contains("connection of an Orleans client was closed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_WithoutTls_GetsNowhere()
    {
        var silo = await StartSiloAsync();

        await AssertNeverStartsAsync(silo, certificate: null, () => silo.Process.WhenLineAsync("was refused: it has no certificate, does not accept ours, or does not speak TLS"));
    }

    [Fact]
    public async Task Client_WithoutACertificate_GetsNowhere()
    {
        var silo = await StartSiloAsync();

        await AssertCutOffAsync(silo.GatewayPort, certificate: null);

        await silo.Process.WhenLineAsync("was refused: it has no certificate");
    }

    [Fact]
    public async Task Client_OfAnotherAuthority_GetsNowhere()
    {
        var silo = await StartSiloAsync();
        using var other = new ClusterAuthority(_folder, "another authority");

        await AssertCutOffAsync(silo.GatewayPort, other.SignClient());

        await silo.Process.WhenLineAsync("was refused: its certificate 'CN=client' is not signed by the authority; 'CN=another authority' signed it.");
    }

    [Fact]
    public async Task Client_WhoseCertificateHasExpired_GetsNowhere()
    {
        var silo = await StartSiloAsync();

        await AssertCutOffAsync(silo.GatewayPort, _authority.SignClient(days: 1));

        await silo.Process.WhenLineAsync("was refused: its certificate 'CN=client' is out of its time");
    }

    [Fact]
    public async Task Client_WhoseCertificateIsForServers_GetsNowhere()
    {
        var silo = await StartSiloAsync();

        await AssertCutOffAsync(silo.GatewayPort, _authority.SignServer("server", ClusterAuthority.SiloName));

        await silo.Process.WhenLineAsync("was refused: its certificate 'CN=server' is not for clients");
    }

    /// <summary>What comes to that port is believed to be a silo's, whatever it says.</summary>
    [Theory]
    [InlineData(false, "is not for servers and clients")]
    [InlineData(true, $"is not that of a silo: it does not have the name {ClusterAuthority.SiloName}.")]
    public async Task PortOfSilos_ToThoseWhoAreNone_IsClosed(bool isForBoth, string why)
    {
        var silo = await StartSiloAsync();
        var certificate = isForBoth ? _authority.SignSilo("other", "other.locks.test") : _authority.SignClient("other");

        await AssertCutOffAsync(silo.SiloPort, certificate);

        await silo.Process.WhenLineAsync($"was refused: its certificate 'CN=other' {why}");
    }

    /// <summary>The silo itself accepts the client here: it is the client that does not go on.</summary>
    [Fact]
    public async Task Gateway_OfAnotherAuthority_IsNotUsed()
    {
        using var other = new ClusterAuthority(_folder, "another authority");
        var both = _folder.File("both.pem");
        await File.WriteAllTextAsync(both, await File.ReadAllTextAsync(_authority.File) + "\n" + await File.ReadAllTextAsync(other.File));
        var silo = await StartSiloAsync((other.SignSilo() with { Authority = both }).Arguments);

        await AssertNotUsedAsync(silo, "its certificate 'CN=silo' is not signed by the authority; 'CN=another authority' signed it.");
    }

    [Fact]
    public async Task Gateway_OfAnotherName_IsNotUsed()
    {
        var silo = await StartSiloAsync(_authority.SignSilo("silo", "other.locks.test").ArgumentsFor("other.locks.test"));

        await AssertNotUsedAsync(silo, $"its certificate 'CN=silo' is not that of a silo: it does not have the name {ClusterAuthority.SiloName}.");
    }

    /// <summary>So do the crash watch of other silos, and load balancers.</summary>
    [Fact]
    public async Task Connection_ThatSaysNothing_IsNotLogged()
    {
        var silo = await StartSiloAsync();
        using (var knock = new TcpClient())
            await knock.ConnectAsync("127.0.0.1", silo.SiloPort);
        using (var knock = new TcpClient { LingerState = new LingerOption(true, 0) })
            await knock.ConnectAsync("127.0.0.1", silo.GatewayPort);
        using var other = new ClusterAuthority(_folder, "another authority");

        await AssertCutOffAsync(silo.GatewayPort, other.SignClient());

        Assert.Contains("is not signed", await silo.Process.WhenLineAsync("was refused"), StringComparison.Ordinal);
    }

    [RequiresFact("openssl")]
    public async Task Handshake_OfTls11_IsRefusedAsTooOld()
    {
        var silo = await StartSiloAsync();
        var client = _authority.SignClient();

        Assert.Contains("alert protocol version", await ConnectWithOpensslAsync(silo, client, "-tls1_1"), StringComparison.Ordinal);

        // The same client is let in with what is not too old.
        Assert.Contains("New, TLSv1.2", await ConnectWithOpensslAsync(silo, client, "-tls1_2"), StringComparison.Ordinal);
    }

    /// <summary>A client works all the time, and notices nothing.</summary>
    [Fact]
    public async Task Certificate_WrittenAnewUnderLoad_CountsForNewConnections()
    {
        var silo = await StartSiloAsync();
        var client = _authority.SignClient();
        await using var program = await OrleansProgram.StartAsync([silo], client);
        using var stop = new CancellationTokenSource();
        var work = WorkAsync(program.Locks, stop.Token);
        Assert.Equal("CN=silo", await PresentedAsync(silo, client));

        await File.WriteAllTextAsync(_folder.File("silo.key"), "nonsense");
        await Eventually.BecomesAsync(
            async () => (await PresentedAsync(silo, client), silo.Process.Out.Any(line => line.Contains("could not be read again", StringComparison.Ordinal))).Item2, told => told, "error");
        Assert.Equal("CN=silo", await PresentedAsync(silo, client));

        _authority.SignSilo("renewed", file: "silo");
        await Eventually.BecomesAsync(() => PresentedAsync(silo, client), subject => subject == "CN=renewed", "renewed certificate");
        await using (var newcomer = await OrleansProgram.StartAsync([silo], client))
            await (await newcomer.Locks.AcquireAsync("newcomer")).DisposeAsync();

        await stop.CancelAsync();
        Assert.True(await work > 0);
    }

    /// <summary>
    /// The crash watch knocks on the ports of all silos when one of them is gone. A client and a session with holds live through it, and through a silo that is told to stop.
    /// </summary>
    [RequiresFact("redis-server")]
    public async Task Cluster_OneSiloIsKilledAndOneStops_GoesOnAndRefusesNobody()
    {
        var redis = Add(await RedisProcess.StartAsync());
        var silos = new List<SiloProcess>();
        for (var number = 1; number <= 3; number++)
        {
            silos.Add(Add(SiloProcess.Start(["--redis", redis.ConnectionString, .. _authority.SignSilo($"silo{number}").Arguments])));
            await silos[^1].WhenReadyAsync();
        }

        await using (var program = await OrleansProgram.StartAsync(silos, _authority.SignClient()))
        {
            await using var session = await program.Locks.OpenSessionAsync();
            await TakeSomeAsync(session, "before");
            silos[0].Process.Signal(Posix.SigKill);
            await Task.WhenAll(silos[1..].Select(silo => silo.Process.WhenLineAsync("was declared dead")));
            await TakeSomeAsync(session, "after");
            silos[1].Process.Signal(Posix.SigTerm);
            await silos[1].Process.ExpectExitAsync(0);
            await TakeSomeAsync(session, "at the end");
        }

        var told = silos[1..].SelectMany(silo => silo.Process.Out).ToList();
        Assert.Contains(told, line => line.Contains("has ended: its port is refused", StringComparison.Ordinal));
        Assert.DoesNotContain(told, line => line.Contains("was refused", StringComparison.Ordinal) || line.Contains("Authentication failed", StringComparison.Ordinal));
        silos[1..].ForEach(LocksOnlyTests.AssertNothingWasRefused);

        // So many that each silo has some, and some whose session is on another.
        static async Task TakeSomeAsync(LockSession session, string when)
        {
            for (var number = 0; number < 12; number++)
                await (await session.AcquireAsync($"{when} {number}")).DisposeAsync();
        }
    }

    [Fact]
    public async Task Front_WithACertificate_ServesTheLocksOfItsSilo()
    {
        var silo = await StartSiloAsync();
        var port = FreePort.Find();
        var front = Add(SiloProcess.StartRaw(["--front", "--http-port", $"{port}", "--gateway", silo.Gateway, .. TestAccess.Arguments, .. _authority.SignClient("front").Arguments]));
        await front.WhenLineAsync("front ready");
        using var run = Programs.StartCli("run", "report", "--server", $"http://127.0.0.1:{port}", "--", "true");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestAccess.Variable.Value);

        await run.ExpectExitAsync(0);
        Assert.Contains($"127.0.0.1:{silo.SiloPort}", await http.GetStringAsync($"http://127.0.0.1:{port}/v1/silos"), StringComparison.Ordinal);
        Assert.DoesNotContain(silo.Process.Out, line => line.Contains("not for clients", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Front_WithoutACertificate_SaysWhatMayBeWrong()
    {
        var silo = await StartSiloAsync();
        var front = Add(SiloProcess.StartRaw("--front", "--http-port", $"{FreePort.Find()}", "--gateway", silo.Gateway, "--cluster-start-timeout", "2s"));

        await front.ExpectExitAsync(69);

        Assert.Contains("or if it has TLS and this front has not", front.Error[^1], StringComparison.Ordinal);
    }

    /// <summary>Orleans goes on trying; so the start is ended when the reason has been told.</summary>
    private static async Task AssertNeverStartsAsync(SiloProcess silo, ClusterCertificate? certificate, Func<Task> whenTold, LogLines? lines = null)
    {
        using var end = new CancellationTokenSource();
        var start = OrleansProgram.StartAsync([silo], certificate, lines, end.Token);
        await whenTold();
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => start);
    }

    private async Task AssertNotUsedAsync(SiloProcess silo, string why)
    {
        var lines = new LogLines();

        await AssertNeverStartsAsync(
            silo,
            _authority.SignClient(),
            () => Eventually.BecomesAsync(
                () => Task.FromResult(lines.All.Any(line => line.Contains($"No connection to 127.0.0.1:{silo.GatewayPort}: {why}", StringComparison.Ordinal))), told => told, "reason"),
            lines);
        Assert.DoesNotContain(silo.Process.Out, line => line.Contains("its certificate", StringComparison.Ordinal));
    }

    private async Task<SiloProcess> StartSiloAsync(params string[] args)
    {
        var silo = Add(SiloProcess.Start(args is [] ? _authority.SignSilo().Arguments : args));
        await silo.WhenReadyAsync();
        return silo;
    }

    /// <summary>Takes and gives back a lock until it is told to stop; whatever fails, fails this.</summary>
    private static async Task<int> WorkAsync(ILockClient locks, CancellationToken stop)
    {
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
            await (await locks.AcquireAsync("worked", cancellationToken: CancellationToken.None)).DisposeAsync();
        return count;
    }

    private static async Task<string> PresentedAsync(SiloProcess silo, ClusterCertificate client)
    {
        using var tls = await HandshakeAsync(silo.GatewayPort, client);
        return tls.RemoteCertificate!.Subject;
    }

    /// <summary>With TLS 1.3 a client learns only after its handshake that it is refused.</summary>
    private static async Task AssertCutOffAsync(int port, ClusterCertificate? certificate)
    {
        try
        {
            using var tls = await HandshakeAsync(port, certificate);
            Assert.Equal(0, await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(TestProcess.Guard));
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            // The same, said sooner.
        }
    }

    private static async Task<SslStream> HandshakeAsync(int port, ClusterCertificate? certificate)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", port);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = ClusterAuthority.SiloName,
            ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate.Load(), additionalCertificates: null, offline: true),
        };
        await tls.AuthenticateAsClientAsync(options).WaitAsync(TestProcess.Guard);
        return tls;
    }

    private static async Task<string> ConnectWithOpensslAsync(SiloProcess silo, ClusterCertificate client, string version)
    {
        using var openssl = TestProcess.Start(
            "openssl",
            "openssl",
            ["s_client", "-connect", silo.Gateway, version, "-cipher", "ALL:@SECLEVEL=0", "-cert", client.Path, "-key", client.Key, "-CAfile", client.Authority]);
        await openssl.WriteInputAsync("Q\n");
        await openssl.WhenExitedAsync();
        return string.Join('\n', openssl.Out.Concat(openssl.Error));
    }

    private T Add<T>(T started)
        where T : IDisposable
    {
        _started.Add(started);
        return started;
    }
}
