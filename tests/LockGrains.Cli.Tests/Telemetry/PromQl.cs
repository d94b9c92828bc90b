using System.Text.RegularExpressions;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>Finds the names of metrics in an expression of Prometheus: every name that is nothing else.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "bool", "offset", "group_left", "group_right", "by", "without", "on", "ignoring", "inf", "nan"];

    public static IEnumerable<string> MetricsOf(string expression)
    {
        var bare = Quoted().Replace(Labels().Replace(expression, " "), " ");
        bare = Lists().Replace(bare, " ");
        bare = Ranges().Replace(bare, " ");
        return Names().Matches(bare).Select(match => match.Value).Where(name => !Words.Contains(name.ToLowerInvariant())).Distinct(StringComparer.Ordinal);
    }

    // The matchers of a series; what stands in quotes has no brace here.
    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Labels();

    [GeneratedRegex(@"""[^""]*""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Lists();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset\s+\w+")]
    private static partial Regex Ranges();

    // What a parenthesis follows is a function, and what begins with a digit a number.
    [GeneratedRegex(@"(?<![\w:$.])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()")]
    private static partial Regex Names();
}
