using System.Globalization;

namespace LockGrains.Simulation;

/// <summary>What is to be run.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        Simulated worlds of the lock, each from one seed.

          --seeds N          runs N worlds, and fails if any promise is broken
          --first S          the first of them (1)
          --parallel P       how many threads, each with worlds of its own (1; with --mutant all one per processor)
          --minutes M        runs for so long instead of a number of worlds
          --seed S           runs one world and shows its timeline
          --set A=1,B=2      changes options of it (see World/Option.cs)
          --mutant NAME|all  takes a protection away; each must be caught (see Mutants/Mutations.txt)
          --no-shrink        shows a failing world as it is
        """;

    public ulong? Seed { get; init; }

    public int Seeds { get; init; } = 200;

    public ulong First { get; init; } = 1;

    public int? Parallel { get; init; }

    public double? Minutes { get; init; }

    public string? Mutant { get; init; }

    public bool Shrinks { get; init; } = true;

    public IReadOnlyList<(Option Option, int Value)> Set { get; init; } = [];

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">They are not understood; says which.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var index = 0; index < arguments.Count; index++)
        {
            var name = arguments[index];
            line = name switch
            {
                "--no-shrink" => line with { Shrinks = false },
                "--seed" => line with { Seed = Number<ulong>(Value()) },
                "--seeds" => line with { Seeds = Number<int>(Value()) },
                "--first" => line with { First = Number<ulong>(Value()) },
                "--parallel" => line with { Parallel = Math.Max(1, Number<int>(Value())) },
                "--minutes" => line with { Minutes = Number<double>(Value()) },
                "--mutant" => line with { Mutant = Value() },
                "--set" => line with { Set = Settings(Value()) },
                _ => throw new FormatException($"The argument '{name}' is not known."),
            };

            string Value() => ++index < arguments.Count ? arguments[index] : throw new FormatException($"The argument '{name}' lacks its value.");
        }

        return line;
    }

    public WorldOptions OptionsOf(ulong seed) =>
        Set.Aggregate(Swarm.Draw(seed), (options, setting) => options.With(setting.Option, setting.Value));

    public static IReadOnlyList<(Option Option, int Value)> Settings(string text) => [.. text.Split(',').Select(Setting)];

    private static (Option Option, int Value) Setting(string text)
    {
        var parts = text.Split('=');
        return parts.Length == 2 && Enum.TryParse<Option>(parts[0], ignoreCase: true, out var option)
            ? (option, Number<int>(parts[1]))
            : throw new FormatException($"'{text}' is not an option and a value, such as Clients=2.");
    }

    private static T Number<T>(string text)
        where T : IParsable<T> =>
        T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"'{text}' is not a number.");
}
