using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A test that mounts a small or a read-only file system for a child alone: it goes with the child. Where that is not allowed the test is
/// skipped with the reason; in CI it fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PrivateMountFactAttribute : FactAttribute
{
    private static readonly string? Reason = FindReason();

    public PrivateMountFactAttribute() => Skip = Reason;

    private static string? FindReason()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            return null;
        try
        {
            using var folder = new TempFolder();
            string[] command = PrivateMount.Small(folder.Path, "1m", ["true"]);
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"No file system can be mounted for a child here: {process.StandardError.ReadToEnd().Trim()}";
        }
        catch (Win32Exception exception)
        {
            return $"No file system can be mounted for a child here: unshare: {exception.Message}";
        }
    }
}
