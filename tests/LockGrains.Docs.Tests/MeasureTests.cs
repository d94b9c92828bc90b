using System.Text.RegularExpressions;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>docs/MONITORING.md lists every metric that the code measures, and no other.</summary>
public sealed partial class MeasureTests
{
    private static readonly string[] Rows =
        [.. File.ReadAllLines(Path.Combine(Repository.Root, "docs", "MONITORING.md")).Where(line => line.StartsWith("| `lockgrains.", StringComparison.Ordinal))];

    [Fact]
    public void Metrics_InTheCodeAndInTheDocument_AreTheSame()
    {
        Assert.True(CodeInstrument.All.Count > 20, $"Only {CodeInstrument.All.Count} instruments were found in the code.");
        Assert.Equal(
            CodeInstrument.All.Select(one => one.Name).Order(StringComparer.Ordinal),
            Rows.Select(row => row.Split('|')[1]).Where(cell => !Span().IsMatch(cell)).SelectMany(cell => Name().Matches(cell).Select(match => match.Value)).Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"(?<=`)lockgrains\.[a-z._]+(?=`)")]
    private static partial Regex Name();

    // What the table of spans has.
    [GeneratedRegex(@"`lockgrains\.(acquire|grain|store\.load)")]
    private static partial Regex Span();
}
