using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>How many crashes, and after how many gave up.</summary>
internal sealed record CrashOptions
{
    private const int SecondsMax = 60;

    public int Rounds { get; init; } = 20;

    public int Waiters { get; init; } = 500;

    /// <summary>How long before the kill the first of them gives up; the last does as the silo dies.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromSeconds(1);

    public string SiloProgram { get; init; } = SiloProcess.FindProgram();

    /// <summary>The arguments as options.</summary>
    /// <exception cref="ArgumentException">One is unknown or malformed.</exception>
    public static CrashOptions Parse(IReadOnlyList<string> args)
    {
        var options = new CrashOptions();
        for (var index = 0; index < args.Count; index += 2)
        {
            var value = index + 1 < args.Count ? args[index + 1] : throw new ArgumentException($"'{args[index]}' needs a value.{Environment.NewLine}{CompareOptions.Help}");
            options = args[index] switch
            {
                "--rounds" => options with { Rounds = ReadCount(args[index], value) },
                "--waiters" => options with { Waiters = ReadCount(args[index], value) },
                "--within" => options with { Within = ReadSeconds(args[index], value) },
                "--silo" => options with { SiloProgram = value },
                _ => throw new ArgumentException($"Unknown argument '{args[index]}'.{Environment.NewLine}{CompareOptions.Help}"),
            };
        }

        return options;
    }

    private static TimeSpan ReadSeconds(string name, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= SecondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentException($"{name} is '{value}'; it must be a number of seconds from 0 to {SecondsMax}.");

    private static int ReadCount(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new ArgumentException($"{name} is '{value}'; it must be a number of 1 or more.");
}
