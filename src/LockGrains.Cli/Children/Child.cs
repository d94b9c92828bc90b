using System.Collections;

namespace LockGrains.Cli.Children;

/// <summary>Starts the command in the way of the operating system.</summary>
internal static class Child
{
    public const string KeyVariable = "LOCK_KEY";
    public const string TokenVariable = "LOCK_FENCING_TOKEN";

    /// <summary>Starts the command with standard input, output and error of this process.</summary>
    /// <param name="command">The command and its arguments, as typed.</param>
    /// <param name="added">Environment variables to set on top of those of this process.</param>
    /// <param name="error">Where to tell what the user should know of the child.</param>
    /// <exception cref="CliException">It could not be started: 127 when it was not found, 126 otherwise.</exception>
    public static IChild Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> added, TextWriter error)
    {
        var environment = Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
        foreach (var (name, value) in added)
        {
            environment[name] = value;
        }

        return OperatingSystem.IsWindows()
            ? WindowsChild.Start(command, environment)
            : UnixChild.Start(command, environment, error);
    }

    public static CliException NotFound(string command) =>
        new(ExitCode.NotFound, $"command not found: {command}");

    public static CliException NotExecutable(string command, string why) =>
        new(ExitCode.NotExecutable, $"cannot run {command}: {why}");
}
