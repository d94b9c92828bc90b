using System.Globalization;
using System.Net;
using System.Reflection;

namespace LockGrains.Chaos;

/// <summary>How a silo is started.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Service">The name of the state in storage.</param>
/// <param name="SiloPort">For other silos.</param>
/// <param name="GatewayPort">For clients.</param>
/// <param name="HttpPort">For health, and the HTTP API where there is an access key.</param>
internal sealed record SiloCommand(string Cluster, string Service, int SiloPort, int GatewayPort, int HttpPort)
{
    /// <summary>Whether it is this program with callers in it, and not the shipped one.</summary>
    public bool IsCoHosted { get; init; }

    /// <summary>Whether its storage forgot how to compare.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary>After how long it forgets an unused key; its default when null.</summary>
    public TimeSpan? ForgetAfter { get; init; }

    /// <summary>The arguments that let callers into the HTTP API, of <see cref="AccessArguments"/>; none let nobody in.</summary>
    public IReadOnlyList<string> Access { get; init; } = [];

    public IPEndPoint? Resource { get; init; }

    public int Seed { get; init; }

    public int Contenders { get; init; }

    public static SiloCommand Create(string cluster, string service) =>
        new(cluster, service, FreePort.Find(), FreePort.Find(), FreePort.Find());

    public IReadOnlyList<string> ToCommand(Place place, StoreLink store, string name)
    {
        if (!IsCoHosted && !IsUnsafe)
        {
            return
            [
                "dotnet", Program, .. store.Arguments, "--cluster-id", Cluster, "--service-id", Service,
                "--advertised-ip", place.Address.ToString(), "--silo-port", Text(SiloPort), "--gateway-port", Text(GatewayPort),
                "--http-address", place.Address.ToString(), "--http-port", Text(HttpPort),
                .. ForgetAfter is { } span ? ["--LockGrains:Locks:ForgetAfter", span.ToString()] : Array.Empty<string>(),
                .. Access,
            ];
        }

        return
        [
            "dotnet", OwnProgram, "cohost", "--name", name, "--cluster", Cluster, "--service", Service, .. store.Arguments,
            "--address", place.Address.ToString(), "--silo-port", Text(SiloPort), "--gateway-port", Text(GatewayPort),
            "--resource", $"{Resource}", "--seed", Text(Seed), "--contenders", Text(IsCoHosted ? Contenders : 0),
            .. IsUnsafe ? ["--unsafe", "yes"] : Array.Empty<string>(),
        ];
    }

    /// <summary>This program; when tests run it, the one that was built, which has all that it needs beside it.</summary>
    public static string OwnProgram { get; } = Assembly.GetEntryAssembly() == typeof(SiloCommand).Assembly
        ? typeof(SiloCommand).Assembly.Location
        : FindBuilt("LockGrains.Chaos");

    /// <summary>The command line.</summary>
    public static string CommandLine { get; } = FindBuilt("LockGrains.Cli");

    /// <summary>The silo as it ships.</summary>
    public static string Program { get; } = FindBuilt("LockGrains.Silo");

    private static string FindBuilt(string name) => typeof(SiloCommand).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == name)
        .Value!;

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
