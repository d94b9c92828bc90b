using System.Globalization;

namespace LockGrains.Simulation;

/// <summary>The options of one world: drawn from its seed, some of them perhaps set by hand.</summary>
internal sealed class WorldOptions
{
    private readonly int[] _values;

    private WorldOptions(ulong seed, int[] values)
    {
        Seed = seed;
        _values = values;
    }

    public static int Count { get; } = Enum.GetValues<Option>().Length;

    public ulong Seed { get; }

    public int this[Option option] => _values[(int)option];

    /// <summary>Whether clients have sessions.</summary>
    public bool HasSessions => this[Option.SessionPermille] > 0;

    /// <summary>All keys: those of locks, and then one for the sessions of each client, one session after another.</summary>
    public int AllKeys => this[Option.Keys] + (HasSessions ? this[Option.Clients] : 0);

    public static WorldOptions From(ulong seed, Func<Option, int> value) =>
        new(seed, [.. Enum.GetValues<Option>().Select(value)]);

    public WorldOptions With(Option option, int value)
    {
        var values = (int[])_values.Clone();
        values[(int)option] = value;
        return new WorldOptions(Seed, values);
    }

    public long Ticks(Option option) => this[option] * TimeSpan.TicksPerMillisecond;

    public TimeSpan Span(Option option) => TimeSpan.FromMilliseconds(this[option]);

    /// <summary>A stream of random numbers for one part of the world.</summary>
    public Prng Stream(Stream part, int index = 0) =>
        Prng.For(Seed + ((ulong)this[Option.Salt] * 0x5851F42D4C957F2D), ((ulong)part << 32) + (ulong)index + 1);

    /// <summary>The command that replays this world.</summary>
    public string ReplayCommand(string? mutant)
    {
        var drawn = Swarm.Draw(Seed);
        var changed = Enum.GetValues<Option>().Where(option => this[option] != drawn[option])
            .Select(option => string.Create(CultureInfo.InvariantCulture, $"{option}={this[option]}"));
        var set = string.Join(',', changed);
        return $"dotnet run -c Release --project tests/LockGrains.Simulation -- --seed {Seed}"
            + (set.Length == 0 ? "" : $" --set {set}") + (mutant is null ? "" : $" --mutant {mutant}");
    }

    public override string ToString() => string.Join(' ', Enum.GetValues<Option>().Where(option => this[option] != 0)
        .Select(option => string.Create(CultureInfo.InvariantCulture, $"{option}={this[option]}")));
}
