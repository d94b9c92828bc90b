using System.CommandLine;

namespace LockGrains.Cli;

/// <summary>Makes options whose value is a duration.</summary>
internal static class DurationOption
{
    /// <summary>An option with a default and bounds.</summary>
    public static Option<TimeSpan> Create(string name, TimeSpan byDefault, TimeSpan min, TimeSpan max)
    {
        var option = new Option<TimeSpan>(name)
        {
            CustomParser = result => Parse(name, result, allowInfinite: false, min, max) ?? byDefault,
            DefaultValueFactory = _ => byDefault,
        };
        return option;
    }

    /// <summary>An option that may be left out, with bounds.</summary>
    public static Option<TimeSpan?> CreateOptional(string name, TimeSpan min, TimeSpan max) =>
        new(name) { CustomParser = result => Parse(name, result, allowInfinite: false, min, max) };

    /// <summary>An option that may be <c>infinite</c>, and is by default.</summary>
    public static Option<TimeSpan> CreateWait(string name) => new(name)
    {
        CustomParser = result => Parse(name, result, allowInfinite: true, TimeSpan.Zero, DurationText.Longest) ?? Timeout.InfiniteTimeSpan,
        DefaultValueFactory = _ => Timeout.InfiniteTimeSpan,
    };

    private static TimeSpan? Parse(
        string name,
        System.CommandLine.Parsing.ArgumentResult result,
        bool allowInfinite,
        TimeSpan min,
        TimeSpan max)
    {
        if (!DurationText.TryParse(result.Tokens[0].Value, allowInfinite, out var duration, out var problem))
        {
            result.AddError($"{name}: {problem}");
            return null;
        }

        if (duration != Timeout.InfiniteTimeSpan && (duration < min || duration > max))
        {
            result.AddError($"{name}: '{result.Tokens[0].Value}' is out of range; {DurationText.Format(min)} to {DurationText.Format(max)}.");
            return null;
        }

        return duration;
    }
}
