using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LockGrains;

/// <summary>
/// Makes lease ids, which nobody can guess. The generator is asked for many at a time, because each asking is a system call. It loads OpenSSL, which is
/// a third of the life of a program that takes one lock; so the first few are the system's own, one by one.
/// </summary>
internal static class LeaseIds
{
    private const int Batch = 16;

    [ThreadStatic]
    private static Guid[]? _made;

    [ThreadStatic]
    private static int _left;

    [ThreadStatic]
    private static int _first;

    public static Guid Make()
    {
        if (_first < Batch)
        {
            _first++;
            return Guid.NewGuid();
        }

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
