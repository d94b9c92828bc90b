using System.Reflection;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>The programs under test, as processes of their own.</summary>
internal static class Programs
{
    /// <summary>The assembly of the command line.</summary>
    public static string Cli { get; } = Path.Combine(FolderOf("LockGrains.Cli"), "lockgrains.dll");

    /// <summary>The assembly of the silo.</summary>
    public static string Silo { get; } = Path.Combine(FolderOf("LockGrains.Silo"), "LockGrains.Silo.dll");

    /// <summary>Starts <c>lockgrains</c> with the access key of the tests.</summary>
    public static TestProcess StartCli(params string[] args) => StartCliWith([TestAccess.Variable], args);

    /// <summary>Starts <c>lockgrains</c> with variables of its own, and no access key unless that is one of them.</summary>
    public static TestProcess StartCliWith((string Name, string? Value)[] environment, params string[] args) =>
        TestProcess.Start("lockgrains", "dotnet", [Cli, .. args], environment);

    private static string FolderOf(string project) => typeof(Programs).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == project)
        .Value!;
}
