using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>What a run is told on its command line.</summary>
internal sealed record ChaosOptions
{
    public const string Help = """
        LockGrains.Chaos: kills, pauses, cuts and corrupts a real cluster under load, and judges what clients saw.

          --minutes N      how long to inject faults (default 10)
          --seed N         the order of the faults and their chances (default: drawn)
          --fault NAME     only this kind; may be repeated
          --storage KIND   redis (default) or postgres: where locks and membership are
          --list           the faults, and which of them this machine leaves out
          --out FOLDER     write CHAOS.md and chaos-recovery.svg there; CHAOS-POSTGRES.md and chaos-recovery-postgres.svg with postgres
          --loopback       no network namespaces: no partitions
          --silos N        shipped silos (default 3); one more has clients in it
          --unsafe-store   silos whose Redis storage ignores compare-and-set: the run must fail

        forgetting [--storage KIND] [--seed N]: instead of faults under load, a silo that is paused for longer than ForgetAfter.
        readers [--minutes N]: 64 readers and writers of one key (default 1 minute); the silo that serves it is killed in the middle.
        semaphore [--minutes N]: requests of one and of all three permits of one key (default 1 minute), in strict order.

        shows NAME [--rounds N] [--locks N]: does one thing, measures it, and holds each figure against its bar:
          session-kill     a process with 10,000 locks under a session is killed, 100 of them contended
          elected          200 hand-overs between two hosts with an elected service: by a stop, a kill, a pause
          storage-cut      the storage is cut for twice the lease, 100 times, while such a service cleans up
          watch            a watcher of a key: how soon it shows what others do, and a kill of the silo it is served by

        Exit codes: 0 no violation, 1 violations or a figure beyond its bar, 2 the run itself went wrong, 64 a wrong argument.
        """;

    /// <summary>What is to be shown, in place of a run with faults; null for that.</summary>
    public string? Show { get; init; }

    /// <summary>How often that is done; its own number when null.</summary>
    public int? Rounds { get; init; }

    /// <summary>How many locks are held under the session that is killed.</summary>
    public int Locks { get; init; } = 10_000;

    public double Minutes { get; init; } = 10;

    /// <summary>How many faults at least, however long they take.</summary>
    public int FaultsMin { get; init; }

    public int Seed { get; init; } = Random.Shared.Next(1, 1_000_000);

    public IReadOnlyList<string> Faults { get; init; } = [];

    public StoreKind Storage { get; init; }

    public bool IsList { get; init; }

    public string? Out { get; init; }

    public bool IsLoopback { get; init; }

    public bool IsUnsafe { get; init; }

    public int Silos { get; init; } = 3;

    /// <summary>What the processes of clients do.</summary>
    public LoadKind Load { get; init; }

    /// <summary>Whether one silo is paused past forgetting, and nothing else happens.</summary>
    public bool IsForgetting { get; init; }

    /// <summary>Whether there is one more silo, with clients in it.</summary>
    public bool HasCoHost { get; init; } = true;

    /// <summary>After how long silos forget an unused key; their default when null.</summary>
    public TimeSpan? ForgetAfter { get; init; }

    public int Workers { get; init; } = 2;

    /// <summary>Whether there is one more process of clients, which uses the HTTP API.</summary>
    public bool HasHttp { get; init; } = true;

    /// <summary>Callers for each hot key in each process of clients.</summary>
    public int Contenders { get; init; } = 2;

    /// <summary>How long the load runs before the first fault, to see what it does undisturbed.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long it runs undisturbed in between, and at the end, so that what is promised with a bound can be judged: longer than the longest of them,
    /// that of a lock whose session is over.
    /// </summary>
    public TimeSpan Calm { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Reads them; null when one is wrong.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="defaults">What holds where they say nothing.</param>
    public static ChaosOptions? Parse(IReadOnlyList<string> args, ChaosOptions? defaults = null)
    {
        var options = defaults ?? new ChaosOptions();
        for (var index = 0; index < args.Count; index++)
        {
            var value = index + 1 < args.Count ? args[index + 1] : "";
            var isNumber = double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number > 0;
            var (next, takesValue) = args[index] switch
            {
                "--minutes" when isNumber => (options with { Minutes = number }, true),
                "--seed" when isNumber => (options with { Seed = (int)number }, true),
                "--silos" when isNumber => (options with { Silos = (int)number }, true),
                "--rounds" when isNumber => (options with { Rounds = (int)number }, true),
                "--locks" when isNumber && number >= 200 => (options with { Locks = (int)number }, true),
                "--fault" when value.Length > 0 => (options with { Faults = [.. options.Faults, value] }, true),
                "--out" when value.Length > 0 => (options with { Out = value }, true),
                "--storage" when value is "redis" => (options with { Storage = StoreKind.Redis }, true),
                "--storage" when value is "postgres" => (options with { Storage = StoreKind.Postgres }, true),
                "--list" => (options with { IsList = true }, false),
                "--loopback" => (options with { IsLoopback = true }, false),
                "--unsafe-store" => (options with { IsUnsafe = true }, false),
                _ => (null, false),
            };
            if (next is null)
                return null;
            options = next;
            index += takesValue ? 1 : 0;
        }

        return options is { IsUnsafe: true, Storage: not StoreKind.Redis } ? null : options;
    }
}
