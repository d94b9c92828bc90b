using System.Runtime.InteropServices;

namespace LockGrains.Chaos;

internal static class Machine
{
    /// <summary>What was measured on.</summary>
    public static string Describe() => $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";
}
