using System.Globalization;

namespace LockGrains.Samples.Tests;

/// <summary>The ports of one silo, and the programs that are moved to them.</summary>
internal sealed class Programs
{
    private readonly string _siloPort = Text(FreePort.Find());
    private readonly string _gatewayPort = Text(FreePort.Find());

    /// <summary>Starts a program that has a silo, or looks for one, on these ports, whatever ports its text has.</summary>
    public TestProcess Start(string assembly, params string[] args) => TestProcess.Start(
        Path.GetFileNameWithoutExtension(assembly),
        "dotnet",
        [assembly, .. args],
        ("DOTNET_CONTENTROOT", Path.GetDirectoryName(assembly)),
        ("DOTNET_STARTUP_HOOKS", Build.AssemblyOf("tests/LockGrains.TestKit.FreePorts", "LockGrains.TestKit.FreePorts")),
        ("LOCKGRAINS_TEST_SILO_PORT", _siloPort),
        ("LOCKGRAINS_TEST_GATEWAY_PORT", _gatewayPort));

    public TestProcess StartSample(string name, params string[] args) => Start(Build.AssemblyOf($"samples/{name}", name), args);

    /// <summary>Starts the ready-made silo, with its locks in memory.</summary>
    public TestProcess StartSilo() => TestProcess.Start(
        "silo",
        "dotnet",
        [
            Build.AssemblyOf("silo", "LockGrains.Silo"), "--memory", "--silo-port", _siloPort, "--gateway-port", _gatewayPort,
            "--http-port", Text(FreePort.Find()),
        ]);

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
