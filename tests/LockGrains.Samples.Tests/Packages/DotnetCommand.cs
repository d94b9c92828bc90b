namespace LockGrains.Samples.Tests.Packages;

/// <summary>Runs <c>dotnet</c> to its end, as somebody at a shell would, who knows nothing of the build that the tests are a part of.</summary>
internal static class DotnetCommand
{
    /// <summary>A guard only: a restore and a build on a busy machine.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromMinutes(8);

    /// <summary>Runs a command, which must succeed.</summary>
    /// <param name="args">The arguments of <c>dotnet</c>.</param>
    /// <returns>The lines that it wrote.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(params string[] args)
    {
        // No process may stay behind to serve the next build, and what the build around these tests told its children is not for these.
        using var process = TestProcess.Start(
            $"dotnet {args[0]}",
            "dotnet",
            args,
            ("MSBUILDDISABLENODEREUSE", "1"),
            ("UseSharedCompilation", "false"),
            ("MSBuildSDKsPath", null),
            ("MSBuildExtensionsPath", null),
            ("MSBUILD_EXE_PATH", null),
            ("DOTNET_NOLOGO", "1"));
        await process.ExpectExitAsync(0, Guard);
        return process.Out;
    }
}
