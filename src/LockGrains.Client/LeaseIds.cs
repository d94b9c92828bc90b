using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LockGrains;

/// <summary>
/// Makes lease ids: 128 bits that nobody can guess. The system's generator is asked for many at a time, because each asking is a
/// system call.
/// </summary>
internal static class LeaseIds
{
    private const int Batch = 16;

    [ThreadStatic]
    private static Guid[]? _made;

    [ThreadStatic]
    private static int _left;

    public static Guid Make()
    {
        _made ??= new Guid[Batch];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(_made.AsSpan()));
            _left = Batch;
        }

        // Not kept once it is given away: it is the proof of ownership.
        var id = _made[--_left];
        _made[_left] = default;
        return id == default ? Make() : id;
    }
}
