using System.Globalization;

namespace LockGrains.Benchmarks;

/// <summary>How large a <see cref="ListProgram"/> is.</summary>
internal sealed record ListOptions
{
    public const string Help = """
          list                how long a list of many live locks takes on three silos; it starts Redis and silos itself
            --locks N         how many locks are held (default 100,000)
        """;

    public int Locks { get; init; } = 100_000;

    /// <summary>The arguments as options.</summary>
    /// <exception cref="ArgumentException">One is unknown or malformed.</exception>
    public static ListOptions Parse(IReadOnlyList<string> args) => args switch
    {
        [] => new ListOptions(),
        ["--locks", var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var locks) && locks > 0 => new ListOptions { Locks = locks },
        _ => throw new ArgumentException($"It takes --locks N, a whole number above 0.{Environment.NewLine}{Help}"),
    };
}
