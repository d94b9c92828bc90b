using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using StackExchange.Redis;

namespace LockGrains.Benchmarks;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    public static async Task<IReadOnlyList<string>> DescribeAsync(Bench bench) =>
    [
        $"Machine: {Environment.ProcessorCount} processors, {ReadFirst("/proc/cpuinfo", "model name")}; {ReadFirst("/proc/meminfo", "MemTotal")} memory; {RuntimeInformation.OSDescription}; {Today()}, load before {ReadLoad()}",
        $"Software: {RuntimeInformation.FrameworkDescription}, Orleans {VersionOf(typeof(GrainId))}, StackExchange.Redis {VersionOf(typeof(ConnectionMultiplexer))}, {(bench.RedisProblem is { } problem ? $"no Redis: {problem}" : $"Redis {await bench.Redis.GetVersionAsync()}")}",
        $"Redis, for both sides: {RedisServer.Settings}. Raw Redis: StackExchange.Redis with its defaults, one multiplexer. Silo: silo/ as it ships, one process, Redis storage.",
    ];

    public static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', ' ')[0].TrimEnd('.') ?? "?";

    private static string Today() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string ReadFirst(string file, string name)
    {
        if (!File.Exists(file))
            return "?";
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?.Split(':', 2)[1].Trim() ?? "?";
    }

    private static string ReadLoad() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
}
