using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>Why a command could not be started, with the exit code of a shell.</summary>
internal static class CommandFailure
{
    /// <summary>What an error number of the system means: 127 when the command was not found, 126 otherwise.</summary>
    public static CliException Describe(string command, int error) =>
        error == Posix.ErrorNotFound ? NotFound(command) : NotExecutable(command, Marshal.GetPInvokeErrorMessage(error));

    public static CliException NotFound(string command) => new(ExitCode.NotFound, $"command not found: {command}");

    public static CliException NotExecutable(string command, string why) => new(ExitCode.NotExecutable, $"cannot run {command}: {why}");
}
