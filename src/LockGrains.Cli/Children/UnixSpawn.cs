using System.Text;

namespace LockGrains.Cli.Children;

/// <summary>
/// Starts a process in a process group of its own. <c>posix_spawn</c>, because <c>System.Diagnostics.Process</c> leaves the child in
/// our group, and moving it there after the start is a race that its own children can win.
/// </summary>
internal static class UnixSpawn
{
    /// <summary>Starts a command, found through PATH as a shell would, as <c>env</c> and <c>flock</c> do.</summary>
    /// <param name="command">The command and its arguments.</param>
    /// <param name="environment">Its environment, NAME=VALUE.</param>
    /// <param name="closed">Descriptors that are ours alone.</param>
    /// <param name="pid">Its process id, which is its process group too.</param>
    /// <returns>0, or the number of the error.</returns>
    public static int Start(IReadOnlyList<byte[]> command, IReadOnlyList<byte[]> environment, IReadOnlyList<int> closed, out int pid)
    {
        var error = Start(command, environment, kept: [], closed, out pid);
        if (error != Posix.ErrorNotAProgram)
            return error;

        // A script that does not say what runs it: the shell does.
        return Start(
            [RawText.Encode("/bin/sh"), FindScript(command[0], environment), .. command.Skip(1)], environment, kept: [], closed, out pid);
    }

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Its environment, NAME=VALUE.</param>
    /// <param name="kept">Descriptors of ours that it gets, and the numbers that they have there.</param>
    /// <param name="closed">Descriptors that it would inherit and must not.</param>
    /// <param name="pid">Its process id, which is its process group too.</param>
    /// <returns>0, or the number of the error.</returns>
    public static unsafe int Start(
        IReadOnlyList<byte[]> command,
        IReadOnlyList<byte[]> environment,
        IReadOnlyList<(int Own, int There)> kept,
        IReadOnlyList<int> closed,
        out int pid)
    {
        using var argv = new NativeStrings(command);
        using var variables = new NativeStrings(environment);
        var attributes = stackalloc byte[Posix.OpaqueSize];
        var actions = stackalloc byte[Posix.OpaqueSize];
        var reset = stackalloc byte[Posix.OpaqueSize];

        // .NET ignores SIGPIPE, and an ignored signal stays ignored across exec: the command would not end with its pipe.
        _ = Posix.SignalSetEmpty(reset);
        _ = Posix.SignalSetAdd(reset, Posix.SigPipe);
        _ = Posix.SpawnAttributesInit(attributes);
        _ = Posix.SpawnAttributesSetFlags(attributes, Posix.SpawnSetProcessGroup | Posix.SpawnSetDefaultSignals);
        _ = Posix.SpawnAttributesSetGroup(attributes, 0);
        _ = Posix.SpawnAttributesSetDefaultSignals(attributes, reset);
        _ = Posix.SpawnActionsInit(actions);
        foreach (var (own, there) in kept)
            _ = Posix.SpawnActionsDuplicate(actions, own, there);
        foreach (var descriptor in closed)
            _ = Posix.SpawnActionsClose(actions, descriptor);
        var error = Posix.Spawn(out pid, argv.Pointers[0], actions, attributes, argv.Pointers, variables.Pointers);
        _ = Posix.SpawnActionsDestroy(actions);
        _ = Posix.SpawnAttributesDestroy(attributes);
        return error;
    }

    /// <summary>Where PATH has found a script, for a shell that would look for it elsewhere first.</summary>
    private static byte[] FindScript(byte[] name, IReadOnlyList<byte[]> environment)
    {
        if (Array.IndexOf(name, (byte)'/') >= 0)
            return name;

        var text = Encoding.UTF8.GetString(name);
        return (environment.Get("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder.Length == 0 ? "." : folder, text))
            .FirstOrDefault(File.Exists) is { } found ? RawText.Encode(found) : name;
    }
}
