using System.Globalization;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A silo as it ships, on ports of its own.</summary>
internal sealed class SiloProcess : IDisposable
{
    private SiloProcess(TestProcess process, int siloPort, int gatewayPort, int httpPort)
    {
        Process = process;
        SiloPort = siloPort;
        GatewayPort = gatewayPort;
        HttpPort = httpPort;
    }

    public TestProcess Process { get; }

    public int SiloPort { get; }

    public int GatewayPort { get; }

    public int HttpPort { get; }

    /// <summary>Where it serves the HTTP API.</summary>
    public string Url => $"http://127.0.0.1:{HttpPort}";

    public string Gateway => $"127.0.0.1:{GatewayPort}";

    private static readonly string[] Storages = ["--memory", "--redis", "--postgres", "--data"];

    /// <summary>Starts a silo with its state in memory, never in the user's file; with further arguments, such as <c>--redis</c>.</summary>
    public static SiloProcess Start(params string[] args)
    {
        var (silo, gateway, http) = (FreePort.Find(), FreePort.Find(), FreePort.Find());
        string[] ports = ["--silo-port", Text(silo), "--gateway-port", Text(gateway), "--http-port", Text(http)];
        string[] storage = args.Intersect(Storages).Any() ? [] : ["--memory"];
        return new SiloProcess(StartRaw([.. ports, .. storage, .. args]), silo, gateway, http);
    }

    /// <summary>The same, with the access key of the command lines of the tests.</summary>
    public static SiloProcess StartKeyed(params string[] args) => Start([.. TestAccess.Arguments, .. args]);

    /// <summary>
    /// Starts a silo that nobody told where to keep its locks, but whose user's state is in a folder; on the ports of an earlier one, if given.
    /// </summary>
    public static SiloProcess StartByDefault(string stateHome, SiloProcess? earlier = null)
    {
        var (silo, gateway, http) = earlier is null
            ? (FreePort.Find(), FreePort.Find(), FreePort.Find())
            : (earlier.SiloPort, earlier.GatewayPort, earlier.HttpPort);
        string[] args = ["--silo-port", Text(silo), "--gateway-port", Text(gateway), "--http-port", Text(http)];
        return new SiloProcess(
            TestProcess.Start("silo", "dotnet", [Programs.Silo, .. TestAccess.Anonymous, .. args], ("XDG_STATE_HOME", stateHome)), silo, gateway, http);
    }

    /// <summary>Starts a silo with a command around its own.</summary>
    public static SiloProcess StartWrapped(Func<string[], string[]> wrap, params string[] args)
    {
        var (silo, gateway, http) = (FreePort.Find(), FreePort.Find(), FreePort.Find());
        var command = wrap(
        [
            "dotnet", Programs.Silo, "--silo-port", Text(silo), "--gateway-port", Text(gateway), "--http-port", Text(http), .. args,
        ]);
        return new SiloProcess(TestProcess.Start("silo", command[0], command[1..]), silo, gateway, http);
    }

    /// <summary>Starts a silo with exactly these arguments.</summary>
    public static TestProcess StartRaw(params string[] args) =>
        TestProcess.Start("silo", "dotnet", [Programs.Silo, .. args]);

    public Task<string> WhenReadyAsync() => Process.WhenLineAsync("LockGrains silo ready");

    public void Dispose() => Process.Dispose();

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
