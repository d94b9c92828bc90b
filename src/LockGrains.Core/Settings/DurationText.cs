using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace LockGrains.Core;

/// <summary>
/// Durations as people write them, on command lines and in settings: <c>500ms</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>, <c>30d</c>, <c>0</c>,
/// <c>infinite</c>. The form of .NET, <c>00:00:10</c>, is read as well. A bare number is refused: seconds to some, days to .NET.
/// </summary>
public static class DurationText
{
    private const string Infinite = "infinite";

    private static readonly (string Name, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="duration">The duration; <see cref="Timeout.InfiniteTimeSpan"/> for <c>infinite</c>.</param>
    /// <param name="problem">What is wrong, with the forms that are right.</param>
    public static bool TryParse(string text, out TimeSpan duration, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        problem = null;
        duration = Timeout.InfiniteTimeSpan;
        if (text.Equals(Infinite, StringComparison.OrdinalIgnoreCase))
            return true;
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out duration))
            return true;
        var number = text.TrimEnd('d', 'h', 'm', 's', 'D', 'H', 'M', 'S');
        var unit = Array.Find(Units, unit => unit.Name.Equals(text[number.Length..], StringComparison.OrdinalIgnoreCase));
        var isNumber = decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count);
        if (isNumber && (unit.Ticks > 0 ? count <= TimeSpan.MaxValue.Ticks / unit.Ticks : count == 0 && number == text))
        {
            duration = TimeSpan.FromTicks((long)(count * unit.Ticks));
            return true;
        }

        duration = default;
        problem = isNumber && number == text ? $"'{text}' has no unit. Write {text}s for seconds, or {text}m for minutes."
            : $"'{text}' is not a duration. Write 500ms, 10s, 2m, 1h, 0, or {Infinite}.";
        return false;
    }

    /// <summary>Reads a duration that is right.</summary>
    /// <param name="text">What was written.</param>
    /// <exception cref="FormatException">It is not a duration.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration, out var problem) ? duration : throw new FormatException(problem);

    /// <summary>Writes a duration in the largest unit that keeps it readable; to the tick, so that it reads back as it was.</summary>
    /// <param name="duration">The duration.</param>
    public static string Format(TimeSpan duration)
    {
        if (duration == Timeout.InfiniteTimeSpan)
            return Infinite;
        if (duration == TimeSpan.Zero)
            return "0";

        // 24h, not 1d; 1.5s, not 1500ms; 90s, not 1.5m.
        var size = Math.Abs((decimal)duration.Ticks);
        var (name, ticks) = Array.Find(Units, unit => unit.Name switch
        {
            "d" => size >= 2 * unit.Ticks && size % unit.Ticks == 0,
            "s" => size >= unit.Ticks,
            "ms" => true,
            _ => size % unit.Ticks == 0,
        });
        return (duration.Ticks / (decimal)ticks).ToString("0.#######", CultureInfo.InvariantCulture) + name;
    }

    /// <summary>Writes about how long it is: to a tenth of a second, or to a millisecond where it is less than one.</summary>
    /// <param name="duration">The duration, 0 or more.</param>
    public static string About(TimeSpan duration)
    {
        var grid = duration < TimeSpan.FromSeconds(1) ? TimeSpan.TicksPerMillisecond : TimeSpan.TicksPerSecond / 10;
        return Format(TimeSpan.FromTicks(duration.Ticks - (duration.Ticks % grid)));
    }
}
