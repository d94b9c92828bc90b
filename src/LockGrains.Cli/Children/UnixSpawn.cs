using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>
/// Starts a process in a process group of its own. <c>posix_spawn</c>, because <c>System.Diagnostics.Process</c> leaves the child in
/// our group, and moving it there after the start is a race that its own children can win.
/// </summary>
internal static class UnixSpawn
{
    /// <summary>Starts a command, found through PATH as a shell would.</summary>
    /// <returns>Its process id, which is its process group too.</returns>
    /// <exception cref="CliException">It could not be started.</exception>
    public static unsafe int Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment)
    {
        using var argv = new NativeStrings(command);
        using var variables = new NativeStrings(environment.Select(pair => $"{pair.Key}={pair.Value}"));
        var attributes = stackalloc byte[Posix.OpaqueSize];
        var reset = stackalloc byte[Posix.OpaqueSize];

        // .NET ignores SIGPIPE, and an ignored signal stays ignored across exec: the command would not end with its pipe.
        _ = Posix.SignalSetEmpty(reset);
        _ = Posix.SignalSetAdd(reset, Posix.SigPipe);
        _ = Posix.SpawnAttributesInit(attributes);
        _ = Posix.SpawnAttributesSetFlags(attributes, Posix.SpawnSetProcessGroup | Posix.SpawnSetDefaultSignals);
        _ = Posix.SpawnAttributesSetGroup(attributes, 0);
        _ = Posix.SpawnAttributesSetDefaultSignals(attributes, reset);
        var error = Posix.Spawn(out var pid, argv.Pointers[0], null, attributes, argv.Pointers, variables.Pointers);
        _ = Posix.SpawnAttributesDestroy(attributes);
        return error switch
        {
            0 => pid,
            Posix.ErrorNotFound => throw Child.NotFound(command[0]),
            _ => throw Child.NotExecutable(command[0], Marshal.GetPInvokeErrorMessage(error)),
        };
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IEnumerable<string> strings)
        {
            var managed = strings.ToArray();
            _count = managed.Length;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var index = 0; index < _count; index++)
            {
                Pointers[index] = (byte*)Marshal.StringToCoTaskMemUTF8(managed[index]);
            }
        }

        public byte** Pointers { get; }

        /// <inheritdoc/>
        public void Dispose()
        {
            for (var index = 0; index < _count; index++)
            {
                Marshal.FreeCoTaskMem((nint)Pointers[index]);
            }

            NativeMemory.Free(Pointers);
        }
    }
}
