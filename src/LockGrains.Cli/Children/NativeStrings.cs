using System.Runtime.InteropServices;

namespace LockGrains.Cli.Children;

/// <summary>A null-terminated array of C strings.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    public NativeStrings(IEnumerable<byte[]> strings)
    {
        var all = strings.ToArray();
        _count = all.Length;
        Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (var index = 0; index < _count; index++)
        {
            var length = all[index].Length;
            Pointers[index] = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            all[index].CopyTo(new Span<byte>(Pointers[index], length));
        }
    }

    public byte** Pointers { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var index = 0; index < _count; index++)
            NativeMemory.Free(Pointers[index]);
        NativeMemory.Free(Pointers);
    }
}
