using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>Records with a wrong bit, and the operator who mends them from a copy after a while.</summary>
internal sealed class Damage(World world)
{
    private readonly List<(int Key, RecordName Name, ReadOnlyMemory<byte> Whole, ReadOnlyMemory<byte> Bad)> _damages = [];

    public void Corrupt(int key, RecordName name, Prng random)
    {
        var whole = world.Store.Load(key, name).Data;
        if (IsDamaged(key, name) || !world.Store.Corrupt(key, name, random))
            return;
        _damages.Add((key, name, whole, world.Store.Load(key, name).Data));
        world.Loop.After(random.Below(6 * TimeSpan.TicksPerSecond), MendAll);
    }

    public bool IsDamaged(int key, RecordName name)
    {
        if (_damages.Count == 0)
            return false;
        var data = world.Store.Load(key, name).Data;
        return _damages.Exists(damage => damage.Key == key && damage.Name == name && damage.Bad.Equals(data));
    }

    /// <summary>Whether a record of this key was ever damaged.</summary>
    public bool WasDamaged(int key) => _damages.Exists(damage => damage.Key == key);

    /// <summary>Puts back what was there, where the bad record still is.</summary>
    public void MendAll()
    {
        foreach (var (key, name, whole, bad) in _damages)
        {
            if (!world.Store.Load(key, name).Data.Equals(bad))
                continue;
            world.Store.Put(key, name, whole);
            world.Coverage.Add(Mark.RecordMended);
        }
    }
}
