using System.CommandLine;
using System.CommandLine.Parsing;
using LockGrains.Core;

namespace LockGrains.Cli;

/// <summary>Makes options whose value is a duration within bounds.</summary>
internal static class DurationOption
{
    /// <summary>Timers count milliseconds in 32 bits (49 days). Longer waits have a name: infinite.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1000);

    /// <summary>An option with a default, which may be infinite, and bounds.</summary>
    public static Option<TimeSpan> Create(string name, TimeSpan byDefault, (TimeSpan Min, TimeSpan Max) allowed) => new(name)
    {
        CustomParser = result => Parse(name, result, allowed, orInfinite: byDefault == Timeout.InfiniteTimeSpan) ?? byDefault,
        DefaultValueFactory = _ => byDefault,
    };

    /// <summary>An option that may be left out, with bounds.</summary>
    public static Option<TimeSpan?> CreateOptional(string name, (TimeSpan Min, TimeSpan Max) allowed) =>
        new(name) { CustomParser = result => Parse(name, result, allowed, orInfinite: false) };

    private static TimeSpan? Parse(string name, ArgumentResult result, (TimeSpan Min, TimeSpan Max) allowed, bool orInfinite)
    {
        var text = result.Tokens[0].Value;
        if (!DurationText.TryParse(text, out var duration, out var problem))
        {
            result.AddError($"{name}: {problem}");
            return null;
        }

        if (duration == Timeout.InfiniteTimeSpan ? orInfinite : duration >= allowed.Min && duration <= allowed.Max)
        {
            return duration;
        }

        result.AddError(
            $"{name}: '{text}' is out of range; {DurationText.Format(allowed.Min)} to {DurationText.Format(allowed.Max)}{(orInfinite ? ", or infinite" : "")}.");
        return null;
    }
}
