namespace LockGrains.Simulation;

/// <summary>
/// Random numbers that are the same on every machine and every version of .NET (SplitMix64). Each part of a world has a stream of its
/// own, so that a change in one leaves the choices of the others as they were: it is what lets a failing world shrink.
/// </summary>
internal sealed class Prng(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A stream of its own for a part of the world.</summary>
    public static Prng For(ulong seed, ulong part) => new(Mix(seed ^ (part * 0x9E3779B97F4A7C15)));

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    /// <summary>A number from 0 to below a bound.</summary>
    public int Below(int bound) => bound <= 0 ? 0 : (int)(Next() % (ulong)bound);

    /// <summary>A number from 0 to below a bound.</summary>
    public long Below(long bound) => bound <= 0 ? 0 : (long)(Next() % (ulong)bound);

    /// <summary>A number in a range, both ends included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    public bool Chance(int permille) => permille > 0 && Below(1000) < permille;

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A duration around a mean, seldom many times as long: how waits are distributed.</summary>
    public long Around(long mean) => (long)(-Math.Log(1.0 - NextDouble()) * mean);

    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next());
        BitConverter.TryWriteBytes(bytes[8..], Next());
        return new Guid(bytes);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
