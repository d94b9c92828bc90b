using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>What to run of <see cref="ForgetProgram"/>, and how large.</summary>
internal sealed record ForgetOptions
{
    public const string Help = """
          forget              keys that are used once: whether their records and their memory go again; it starts stores and silos itself
            keys              (default) take and release many keys, wait until they should be forgotten, look at what is left
            orphans           the same, but the silo that served them is killed before it could forget them
            soak              one-time keys at full speed, for as long as told
            --storage NAME    redis (default), postgres, or sqlite (one silo; not for orphans)
            --keys N          how many keys (default 100,000; orphans 300,000)
            --minutes N       how long a soak is (default 20)
            --forget-after S  seconds without use after which a key is forgotten (default 300)
            --out DIR         where a soak writes its plot
        """;

    public string Scenario { get; init; } = "keys";

    public string Storage { get; init; } = "redis";

    public int? Keys { get; init; }

    public TimeSpan Soak { get; init; } = TimeSpan.FromMinutes(20);

    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromMinutes(5);

    public string? Out { get; init; }

    /// <summary>The arguments as options.</summary>
    /// <exception cref="ArgumentException">One is unknown or malformed.</exception>
    public static ForgetOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ForgetOptions();
        for (var index = 0; index < args.Count; index++)
        {
            var name = args[index];
            options = name switch
            {
                "keys" or "orphans" or "soak" => options with { Scenario = name },
                "--storage" => options with { Storage = OneOf(Next(), "redis", "postgres", "sqlite") },
                "--keys" => options with { Keys = Number(Next()) },
                "--minutes" => options with { Soak = TimeSpan.FromMinutes(Number(Next())) },
                "--forget-after" => options with { ForgetAfter = TimeSpan.FromSeconds(Number(Next())) },
                "--out" => options with { Out = Next() },
                _ => throw new ArgumentException($"Unknown argument '{name}'.{Environment.NewLine}{Help}"),
            };

            string Next() => ++index < args.Count ? args[index] : throw new ArgumentException($"'{name}' needs a value.{Environment.NewLine}{Help}");

            string OneOf(string value, params string[] allowed) =>
                allowed.Contains(value) ? value : throw new ArgumentException($"{name} is '{value}'; it must be one of {string.Join(", ", allowed)}.");

            int Number(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new ArgumentException($"{name} is '{value}'; it must be a whole number above 0.");
        }

        return options is { Scenario: "orphans", Storage: "sqlite" }
            ? throw new ArgumentException("orphans needs a storage that silos share: redis or postgres.")
            : options;
    }
}
