using System.ComponentModel;
using System.Diagnostics;

namespace LockGrains.Cli.Children;

/// <summary>
/// A child on Windows, which has neither signals nor process groups: the console sends Ctrl+C to the child itself, and ending it
/// means ending its process tree.
/// </summary>
internal sealed class WindowsChild : IChild
{
    private readonly Process _process;

    private WindowsChild(Process process)
    {
        _process = process;
        Exited = WaitAsync();
    }

    /// <inheritdoc/>
    public Task<int> Exited { get; }

    /// <inheritdoc/>
    public Task Ended => Exited;

    public static WindowsChild Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new WindowsChild(Process.Start(start)!);
        }
        catch (Win32Exception exception)
        {
            const int FileNotFound = 2;
            throw exception.NativeErrorCode == FileNotFound
                ? CommandFailure.NotFound(command[0])
                : CommandFailure.NotExecutable(command[0], exception.Message);
        }
    }

    /// <inheritdoc/>
    public void Signal(int signal)
    {
        // Ctrl+C and Ctrl+Break have reached the child already; the other signals mean "end".
        if (signal is Posix.SigTerm or Posix.SigHup)
        {
            Kill();
        }
    }

    /// <inheritdoc/>
    public void Terminate() => Kill();

    /// <inheritdoc/>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
