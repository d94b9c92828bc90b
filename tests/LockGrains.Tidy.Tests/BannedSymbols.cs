using System.Text.RegularExpressions;

namespace LockGrains.Tidy.Tests;

/// <summary>What <c>BannedSymbols.txt</c> bans, as patterns of text, for the ring that carries no analyzer.</summary>
internal static partial class BannedSymbols
{
    /// <summary>The patterns, each with the advice that the file gives.</summary>
    public static IReadOnlyList<(Regex Pattern, string Advice)> Load() =>
        [.. File.ReadLines(System.IO.Path.Combine(SourceTree.Root, "BannedSymbols.txt")).Where(line => line.Contains(';', StringComparison.Ordinal)).Select(Parse)];

    private static (Regex Pattern, string Advice) Parse(string line)
    {
        var (symbol, advice) = (line[2..line.IndexOf(';', StringComparison.Ordinal)], line[(line.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim());
        var name = symbol.Split('(')[0];
        var parts = name.Split('.');
        var pattern = (line[0], parts[^1]) switch
        {
            ('T', var type) => $@"\b{type}\b",
            ('M', "#ctor") => $@"new {parts[^2]}\((?<arguments>[^()]+)\)",

            // An overload is told by its arguments: the ones that are banned have no TimeProvider among them.
            ('M', "Delay" or "CancelAfter") => $@"\b{(parts[^1] == "Delay" ? "Task" : "")}\.{parts[^1]}\((?<arguments>(?:[^()]|\([^()]*\))*)\)",
            (_, var member) => $@"\b{parts[^2]}\.{member}\b",
        };
        return (new Regex(pattern, RegexOptions.CultureInvariant), $"{name}: {advice}");
    }

    /// <summary>Whether a match is one of the overloads that take their time from a provider.</summary>
    public static bool HasTimeProvider(Match match) => TimeProviderArgument().IsMatch(match.Groups["arguments"].Value);

    [GeneratedRegex(@"\b_?(time|timeProvider|clock|provider)\b", RegexOptions.IgnoreCase)]
    private static partial Regex TimeProviderArgument();
}
