using System.Reflection;

namespace LockGrains.Samples.Tests;

/// <summary>How and where what the tests start was built.</summary>
internal static class Build
{
    public const string Framework = "net10.0";

    public static string Configuration { get; } = Read("Configuration");

    /// <summary>The folder with the packages that this repository itself was restored with.</summary>
    public static string PackagesFolder { get; } = Read("PackagesFolder");

    /// <summary>The assembly of a project.</summary>
    /// <param name="folder">The folder of the project, from the root of the repository.</param>
    /// <param name="name">The name of its assembly.</param>
    public static string AssemblyOf(string folder, string name) =>
        Path.Combine(Repository.Root, folder, "bin", Configuration, Framework, $"{name}.dll");

    private static string Read(string key) => typeof(Build).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == key)
        .Value!;
}
