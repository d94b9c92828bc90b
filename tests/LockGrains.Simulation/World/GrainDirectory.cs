namespace LockGrains.Simulation;

/// <summary>Says which silo has a key: mostly the same one to everybody, but it is only a directory, and no promise.</summary>
internal sealed class GrainDirectory
{
    private readonly World _world;
    private readonly Prng _random;
    private readonly int[] _owners;
    private readonly long[] _splitUntil;

    public GrainDirectory(World world)
    {
        _world = world;
        _random = world.Options.Stream(Stream.Routing);
        _owners = new int[world.Options.AllKeys];
        _splitUntil = new long[_owners.Length];
        for (var key = 0; key < _owners.Length; key++)
            _owners[key] = key % world.Silos.Count;
    }

    public int Owner(int key) => _owners[key];

    /// <summary>The silo that a client sends a call for a key to.</summary>
    public Silo Route(int key, int client)
    {
        var owner = _owners[key];
        if (_splitUntil[key] > _world.Loop.Now && client % 2 == 1)
            owner = (owner + 1) % _world.Silos.Count;
        else if (_world.Faults.Strikes(_random, Option.StaleRoutePermille, Mark.RouteStale))
            owner = _random.Below(_world.Silos.Count);
        return _world.Silos[owner];
    }

    public void Move(int key) => _owners[key] = (_owners[key] + 1 + _random.Below(_world.Silos.Count - 1)) % _world.Silos.Count;

    /// <summary>For a time, every second client is sent elsewhere.</summary>
    public void Split(int key, long until) => _splitUntil[key] = until;

    /// <summary>A silo is taken for dead: its keys go elsewhere, whatever it thinks itself.</summary>
    public void Evict(int silo)
    {
        for (var key = 0; key < _owners.Length; key++)
        {
            if (_owners[key] == silo)
                Move(key);
        }
    }

    public void Heal() => Array.Clear(_splitUntil);
}
