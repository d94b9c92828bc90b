using System.Runtime.InteropServices;

namespace LockGrains.Cli.Tests.Native;

/// <summary>
/// A test of the native program, which takes minutes to compile: on Linux x64 in CI, and elsewhere where LOCKGRAINS_NATIVE is 1. CI on another system
/// has the .NET tool alone.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute() => Skip = SkipReason;

    /// <summary>Why it is not run; null where it is.</summary>
    public static string? SkipReason { get; } =
        !OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64 ? "The native program is for Linux x64."
        : Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("LOCKGRAINS_NATIVE") == "1" ? null
        : "Compiling the native program takes minutes: set LOCKGRAINS_NATIVE=1.";
}
