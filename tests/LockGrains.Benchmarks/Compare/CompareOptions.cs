using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>What to compare, and how long.</summary>
internal sealed record CompareOptions
{
    public const string Help = """
        LockGrains benchmarks.

          compare             our locks beside raw Redis, in whole processes; it starts Redis and silos itself
            --quick           at most 5 minutes, where the whole is at most 32
            --case a,b,...    only these: a pairs, b contention, c hand-over, d held locks, e costs, f takeover, g waiting, h stores,
                              i readers and a writer, j semaphore, k holders, l mutual TLS, m HTTP (g to m are in quick only when named)
            --workers N,N     how many workers in cases a, h and l (default 1,16,256; the bars are at these)
            --waiters N,N     how long the queues in case c (default 10 to 100,000; the bars are at these)
            --rounds N        rounds of each side, in turn (default 5)
            --seconds S       length of a round (default 2; quick 0.6)
            --out DIR         also write PERFORMANCE.md and its plots there
            --silo PATH       the silo's program (default: this repository's, Release)

          crash               kill -9 of a lock's silo just after a crowd of waiters gave up: how long until the next grant
            --rounds N        how many such crashes (default 20)
            --waiters N       how many give up before each (default 500)
            --within S        in the last so many seconds before it (default 1)
            --silo PATH       as above

          --filter '*'        Core alone, by BenchmarkDotNet; also --list, --job and its other arguments
        """;

    public const string AllCases = "abcdefghijklm";

    private const string QuickCases = "abcdef";

    public bool Quick { get; init; }

    public string Cases { get; init; } = AllCases;

    public IReadOnlyList<int> Workers { get; init; } = [1, 16, 256];

    public IReadOnlyList<int> Waiters { get; init; } = [10, 100, 1_000, 5_000, 10_000, 100_000];

    public int Rounds { get; init; } = 5;

    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long each side is run, by many and by one, before anything is measured.</summary>
    public TimeSpan WarmUp => Quick ? TimeSpan.FromSeconds(1.2) : TimeSpan.FromSeconds(4);

    public string? Out { get; init; }

    public string SiloProgram { get; init; } = SiloProcess.FindProgram();

    /// <summary>The arguments as options.</summary>
    /// <exception cref="ArgumentException">One is unknown or malformed.</exception>
    public static CompareOptions Parse(IReadOnlyList<string> args)
    {
        var options = args.Contains("--quick")
            ? new CompareOptions { Quick = true, Cases = QuickCases, Round = TimeSpan.FromSeconds(0.6) }
            : new CompareOptions();
        for (var index = 0; index < args.Count; index++)
        {
            var name = args[index];
            options = name switch
            {
                "--quick" => options,
                "--case" => options with { Cases = ReadCases(Next()) },
                "--workers" => options with { Workers = ReadCounts(Next()) },
                "--waiters" => options with { Waiters = ReadCounts(Next()) },
                "--rounds" => options with { Rounds = int.Parse(Next(), NumberStyles.None, CultureInfo.InvariantCulture) },
                "--seconds" => options with { Round = TimeSpan.FromSeconds(double.Parse(Next(), CultureInfo.InvariantCulture)) },
                "--out" => options with { Out = Next() },
                "--silo" => options with { SiloProgram = Next() },
                _ => throw new ArgumentException($"Unknown argument '{name}'.{Environment.NewLine}{Help}"),
            };

            string Next() => ++index < args.Count ? args[index] : throw new ArgumentException($"'{name}' needs a value.{Environment.NewLine}{Help}");
        }

        return options;
    }

    private static int[] ReadCounts(string text) =>
        [.. text.Split(',').Select(count => int.Parse(count, NumberStyles.None, CultureInfo.InvariantCulture))];

    private static string ReadCases(string text)
    {
        var cases = text.Replace(",", "", StringComparison.Ordinal);
        return cases.Length > 0 && cases.All(letter => AllCases.Contains(letter, StringComparison.Ordinal))
            ? cases
            : throw new ArgumentException($"--case is '{text}'; it must be some of {string.Join(',', AllCases.AsEnumerable())}.");
    }
}
