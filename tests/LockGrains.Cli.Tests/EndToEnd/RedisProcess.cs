using System.Globalization;
using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A Redis of the test's own, with its data in a folder that goes with it.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly TestProcess _process;
    private readonly string _folder;

    private RedisProcess(TestProcess process, int port, string folder)
    {
        _process = process;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}";

    public static async Task<RedisProcess> StartAsync(int? port = null)
    {
        var folder = Directory.CreateTempSubdirectory("lockgrains-redis").FullName;
        var usedPort = port ?? FreePort.Find();
        var process = TestProcess.Start(
            "redis-server",
            "redis-server",
            ["--port", usedPort.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--dir", folder]);
        var redis = new RedisProcess(process, usedPort, folder);
        await process.WhenLineAsync("Ready to accept connections");
        return redis;
    }

    /// <summary>Stops answering, as a hung machine would.</summary>
    public void Pause() => _process.Signal(OperatingSystem.IsMacOS() ? 17 : 19);

    public void Resume() => _process.Signal(Posix.SigCont);

    public void Dispose()
    {
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
