using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LockGrains.Cli;

/// <summary>Durations as people type them: <c>500ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>; a plain number is seconds.</summary>
internal static class DurationText
{
    public const string Forms = "500ms, 10s, 2m, 1h, or a plain number of seconds";

    // Timers count milliseconds in 32 bits (49 days). Longer waits have a name: infinite.
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1000);

    private static readonly (string Unit, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads a duration.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="allowInfinite">Whether <c>infinite</c> is a duration here.</param>
    /// <param name="duration">The duration; <see cref="Timeout.InfiniteTimeSpan"/> for <c>infinite</c>.</param>
    /// <param name="problem">What is wrong, with the forms that are right.</param>
    public static bool TryParse(string text, bool allowInfinite, out TimeSpan duration, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (allowInfinite && text.Equals("infinite", StringComparison.OrdinalIgnoreCase))
        {
            duration = Timeout.InfiniteTimeSpan;
            return true;
        }

        duration = default;
        if (!TryParseMilliseconds(text, out var milliseconds))
        {
            problem = $"'{text}' is not a duration. Write {Forms}{(allowInfinite ? ", 0, or infinite" : "")}.";
            return false;
        }

        if (milliseconds > Longest.TotalMilliseconds)
        {
            problem = $"'{text}' is longer than {Longest.TotalHours:0}h{(allowInfinite ? "; write infinite to wait without end" : "")}.";
            return false;
        }

        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>Writes a duration in the largest unit that keeps it readable.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == Timeout.InfiniteTimeSpan)
        {
            return "infinite";
        }

        var milliseconds = duration.TotalMilliseconds;
        var (unit, size) = milliseconds switch
        {
            >= 3_600_000 when milliseconds % 3_600_000 == 0 => Units[3],
            >= 60_000 when milliseconds % 60_000 == 0 => Units[2],
            >= 1_000 => Units[1],
            _ => Units[0],
        };
        return (milliseconds / size).ToString("0.#", CultureInfo.InvariantCulture) + unit;
    }

    private static bool TryParseMilliseconds(string text, out double milliseconds)
    {
        var digits = text.AsSpan().TrimEnd("hmsHMS");
        var unit = text.AsSpan(digits.Length);
        milliseconds = 0;
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number))
        {
            return false;
        }

        if (unit.IsEmpty)
        {
            milliseconds = number * 1_000;
            return true;
        }

        foreach (var (name, size) in Units)
        {
            if (unit.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                milliseconds = number * size;
                return true;
            }
        }

        return false;
    }
}
