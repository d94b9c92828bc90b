using System.Runtime.InteropServices;

namespace LockGrains.Chaos;

internal static partial class Posix
{
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    // Linux's numbers.
    private const int WriteCreateAppend = 0x1 | 0x40 | 0x400;
    private const int OwnerWritesAllRead = 0x1A4;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    /// <summary>Opens a file so that each write goes to its end, whoever else writes.</summary>
    public static nint OpenToAppend(string path)
    {
        var handle = Open(path, WriteCreateAppend, OwnerWritesAllRead);
        return handle >= 0 ? handle : throw new IOException($"{path} cannot be opened to append: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);
}
