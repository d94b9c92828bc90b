using System.Diagnostics;

namespace LockGrains.Chaos;

/// <summary>Runs a short command of the system.</summary>
internal static class Shell
{
    /// <summary>Runs it and says what went wrong, or null.</summary>
    public static async Task<string?> TryAsync(IReadOnlyList<string> command, string? input = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            if (input is not null)
                await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = await process.StandardError.ReadToEndAsync(cancellationToken);
            await output;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? null : $"{string.Join(' ', command)}: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return $"{command[0]}: {exception.Message}";
        }
    }

    public static async Task RunAsync(IReadOnlyList<string> command, string? input = null, CancellationToken cancellationToken = default)
    {
        if (await TryAsync(command, input, cancellationToken) is { } problem)
            throw new ChaosException(problem);
    }

    /// <summary>What it wrote, or nothing when it failed.</summary>
    public static async Task<string> ReadAsync(params string[] command)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await error;
            await process.WaitForExitAsync();
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }
}
