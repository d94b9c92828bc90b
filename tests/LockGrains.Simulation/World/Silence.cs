namespace LockGrains.Simulation;

/// <summary>
/// Keys fall silent and are used again, so that silos forget them; now and then somebody only looks at one, as the tidy pass does. Silos
/// forget after different times, some never.
/// </summary>
internal sealed class Silence
{
    private readonly World _world;
    private readonly Prng _random;
    private readonly long[] _until;

    public Silence(World world)
    {
        _world = world;
        _random = world.Options.Stream(Stream.Silence);
        _until = new long[world.Options[Option.Keys]];
    }

    private long ForgetTicks => _world.Options.Ticks(Option.ForgetMs);

    /// <summary>How long a silo keeps unused keys.</summary>
    public static TimeSpan ForgetAfter(WorldOptions options, int silo)
    {
        var least = options.Span(Option.ForgetMs);
        return least == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : options.Stream(Stream.Silence, 1 + silo).Below(5) switch
        {
            0 => Timeout.InfiniteTimeSpan,
            1 => least * 1.5,
            _ => least,
        };
    }

    public bool IsSilent(int key) => !_world.Faults.IsCalm && _world.Loop.Now < _until[key];

    public void Start()
    {
        for (var key = 0; ForgetTicks > 0 && key < _until.Length; key++)
        {
            Schedule(key);
            ScheduleLook(key);
        }
    }

    private void Schedule(int key) => _world.Loop.After(Math.Min(_random.Around(8 * TimeSpan.TicksPerSecond), ForgetTicks), () =>
    {
        if (_world.Faults.IsCalm)
            return;
        _until[key] = _world.Loop.Now + (ForgetTicks / 2) + _random.Below(ForgetTicks * 2);
        _world.Timeline?.Add("clients", $"leave key {key} alone until {Timeline.Time(_until[key])}");
        _world.Loop.After(_until[key] - _world.Loop.Now, () => Schedule(key));
    });

    private void ScheduleLook(int key) => _world.Loop.After(Math.Min(_random.Around(ForgetTicks), 2 * ForgetTicks), () =>
    {
        if (_world.Faults.IsCalm)
            return;
        var silo = _world.Silos[_world.Directory.Owner(key)];
        silo.Process.Do(() => silo.Process.Post(() => silo.ReadAsync(key)));
        ScheduleLook(key);
    });
}
