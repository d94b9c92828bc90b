using Xunit;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A test that needs a program of the system. Where it is missing the test is skipped with the reason; but not in CI, where a test
/// that silently never runs is worse than one that fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] programs) => Skip = FindSkipReason(programs);

    /// <summary>Why a test that needs programs is skipped here; null when it runs.</summary>
    internal static string? FindSkipReason(string[] programs)
    {
        var missing = Array.FindAll(programs, program => !IsOnPath(program));
        return missing.Length > 0 && Environment.GetEnvironmentVariable("CI") != "true" ? $"Not installed here: {string.Join(", ", missing)}." : null;
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
