using System.Globalization;
using System.Reflection;

namespace LockGrains.Benchmarks;

/// <summary>A silo as it ships (<c>silo/</c>, Release) in a process of its own, with a probe in it that sleeps until it is asked.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    private readonly ChildProcess _process;
    private int _asked;

    private SiloProcess(ChildProcess process, int siloPort, int gatewayPort, int httpPort)
    {
        _process = process;
        SiloPort = siloPort;
        GatewayPort = gatewayPort;
        Server = $"http://127.0.0.1:{Text(httpPort)}";
    }

    public int SiloPort { get; }

    public int GatewayPort { get; }

    /// <summary>Where its HTTP API is.</summary>
    public string Server { get; }

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <summary>Starts a silo of a cluster and waits until it is ready.</summary>
    public static async Task<SiloProcess> StartAsync(ClusterPlan plan)
    {
        var siloPort = FreePort.Find();
        var gatewayPort = FreePort.Find();
        var httpPort = FreePort.Find();
        string[] args =
        [
            plan.SiloProgram, .. plan.Storage.Arguments, .. plan.Arguments, "--cluster-id", plan.Id, "--service-id", plan.Id,
            "--silo-port", Text(siloPort), "--gateway-port", Text(gatewayPort), "--http-port", Text(httpPort),
            "--LockGrains:Locks:QueueLimit", Text(plan.QueueLimit),
        ];
        var process = ChildProcess.Start(
            "silo",
            Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
            args,
            ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location));
        await process.WhenLineAsync("LockGrains silo ready", StartPatience);
        return new SiloProcess(process, siloPort, gatewayPort, httpPort);
    }

    /// <summary>Where the silo's program was built.</summary>
    public static string FindProgram() => typeof(SiloProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "LockGrains.Silo")
        .Value!;

    public Task<SiloStatus> ReadStatusAsync() => AskAsync("status");

    /// <summary>After a full collection, so that <see cref="SiloStatus.Heap"/> is what lives.</summary>
    public Task<SiloStatus> ReadLiveAsync() => AskAsync("live");

    /// <summary>Begins to count messages, which costs something: not while time is measured.</summary>
    public Task<SiloStatus> CountMessagesAsync() => AskAsync("meters");

    public void Kill() => _process.Kill();

    public void Dispose() => _process.Dispose();

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private async Task<SiloStatus> AskAsync(string command)
    {
        var number = Text(++_asked);
        var line = await _process.WhenLineAsync($"{StartupHook.Prefix} {number} ", AnswerPatience, () => _process.WriteLine($"{number} {command}"));
        return SiloStatus.Parse(line, _process.ProcessorTime);
    }
}
