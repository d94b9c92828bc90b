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
        var missing = Array.FindAll(programs, program => Find(program) is null);
        return missing.Length > 0 && Environment.GetEnvironmentVariable("CI") != "true" ? $"Not installed here: {string.Join(", ", missing)}." : null;
    }

    /// <summary>Where a program is: on the PATH, or where those of the system are that not everybody has on it. Null when it is nowhere.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
