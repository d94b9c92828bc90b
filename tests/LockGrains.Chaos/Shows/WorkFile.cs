using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LockGrains.Chaos;

/// <summary>The file that leaders append to. Lines of several processes never run into each other, and their order is the file's.</summary>
internal sealed class WorkFile(string path) : IDisposable
{
    private readonly SafeFileHandle _handle = new(Posix.OpenToAppend(path), ownsHandle: true);

    /// <summary>Writes one line, in one call to the system.</summary>
    public void Append(WorkEntry entry) => RandomAccess.Write(_handle, Encoding.ASCII.GetBytes($"{entry}\n"), 0);

    public void Dispose() => _handle.Dispose();
}
