using System.Text.RegularExpressions;
using Xunit;

namespace LockGrains.Docs.Tests.Language;

/// <summary>What the documents name is there: tests, mutants and rules of the judge, files, and the code's own names for a term.</summary>
public sealed partial class NameTests
{
    private const string TrackRecord = "docs/TRACK-RECORD.md";
    private const string Head = "| Issue | Found by | Fix | Reproduce |";
    private const int SentencesMax = 2;

    private static readonly string[] CodeFolders = ["src", "silo", "tests"];
    private static readonly IReadOnlyList<string> Code = [.. CodeFolders.SelectMany(CodeFiles).Select(File.ReadAllText)];
    private static readonly string Mutations = File.ReadAllText(Path.Combine(Repository.Root, "tests", "LockGrains.Simulation", "Mutants", "Mutations.txt"));

    [Fact]
    public void TrackRecord_Rows_HaveFourShortCells()
    {
        var rows = Rows().ToList();

        Assert.True(rows.Count > 100, $"Only {rows.Count} rows were found in {TrackRecord}.");
        Assert.All(rows, row => Assert.True(row.Count == 4 && row.All(cell => cell.Length > 0), string.Join(" | ", row)));
        AssertEach(rows.SelectMany(row => row), cell => Prose.Sentences(cell).Count <= SentencesMax);
    }

    [Fact]
    public void TrackRecord_Names_AreThere()
    {
        var names = Rows().SelectMany(row => Spans(row[3])).Distinct(StringComparer.Ordinal).ToList();

        Assert.True(names.Count(name => Test().IsMatch(name)) > 60, "The track record names hardly any test.");
        AssertEach(names, Exists);
    }

    [Fact]
    public void RulesOfTheJudge_InTheDocument_AreThere()
    {
        var rules = Documents.Read("docs/TESTING.md").Split('\n').SkipWhile(line => line != "| Invariant | Rules |").Skip(2)
            .TakeWhile(line => line.StartsWith('|')).SelectMany(Spans).ToList();

        Assert.True(rules.Count > 30, $"Only {rules.Count} rules were found.");
        AssertEach(rules, IsQuoted);
    }

    [Fact]
    public void Paths_ForWhoAddsATest_AreThere()
    {
        var paths = Spans(Documents.Read("tests/README.md")).Where(span => FilePath().IsMatch(span)).ToList();

        Assert.True(paths.Count > 60, $"Only {paths.Count} paths were found.");
        AssertEach(paths, path => Path.Exists(Documents.PathOf(path)));
    }

    [Fact]
    public void Paths_ForWhoReadsTheCode_AreThere()
    {
        var spans = Spans(Prose.WithoutBlocks(Documents.Read("docs/ARCHITECTURE.md"))).ToList();
        var sources = spans.Where(span => SourcePath().IsMatch(span)).Select(span => $"src/LockGrains.{span}").ToList();

        Assert.True(sources.Count > 10, $"Only {sources.Count} paths were found.");
        AssertEach([.. sources, .. spans.Where(span => FilePath().IsMatch(span) && !span.Contains('*', StringComparison.Ordinal))], path => Path.Exists(Documents.PathOf(path)));
    }

    [Fact]
    public void Filters_ForWhoAddsATest_FindATest()
    {
        var filters = Filter().Matches(Documents.Read("tests/README.md")).Select(filter => filter.Value).ToList();

        Assert.True(filters.Count > 30, $"Only {filters.Count} filters were found.");
        AssertEach(filters, FindsATest);
    }

    [Fact]
    public void Names_InTheGlossary_AreInTheCode()
    {
        var spans = Glossary.Parse(Documents.Read(Glossary.Document)).SelectMany(term => Spans($"{term.Name} {term.Meaning}")).Where(span => Identifier().IsMatch(span)).ToList();

        Assert.True(spans.Count > 40, $"Only {spans.Count} names were found.");
        AssertEach(spans, span => span.Split('.').All(IsInCode));
    }

    private static void AssertEach(IEnumerable<string> all, Func<string, bool> isRight)
    {
        var wrong = all.Where(one => !isRight(one)).ToList();
        Assert.True(wrong.Count == 0, $"Not there, or not as it must be:\n{string.Join('\n', wrong)}");
    }

    private static bool Exists(string name)
    {
        if (Test().Match(name) is { Success: true } test)
            return Code.Any(file => IsIn(file, $"class {test.Groups["class"].Value}") && (!test.Groups["method"].Success || IsIn(file, test.Groups["method"].Value)));
        return name.StartsWith("--", StringComparison.Ordinal)
            || name.All(char.IsDigit)
            || (name.StartsWith("LOCKGRAINS_", StringComparison.Ordinal) && IsQuoted(name))
            || Mutations.Contains($"@mutant {name}:", StringComparison.Ordinal)
            || IsQuoted(name);
    }

    private static bool FindsATest(string command)
    {
        var filter = Filter().Match(command);
        return CodeFiles(filter.Groups["project"].Value).Select(File.ReadAllText).Any(text => ClassName().Matches(text)
            .Any(type => $"{Namespace().Match(text).Groups["name"].Value}.{type.Groups["name"].Value}".Contains(filter.Groups["name"].Value, StringComparison.Ordinal)));
    }

    private static bool IsInCode(string name) => Code.Any(file => IsIn(file, name));

    private static bool IsIn(string text, string name) => Regex.IsMatch(text, $@"\b{Regex.Escape(name)}\b");

    private static bool IsQuoted(string text) => Code.Any(file => file.Contains($"\"{text}\"", StringComparison.Ordinal));

    private static IEnumerable<IReadOnlyList<string>> Rows()
    {
        var isInTable = false;
        foreach (var line in Documents.Read(TrackRecord).Split('\n'))
        {
            isInTable = line.StartsWith('|') && (isInTable || line == Head);
            if (isInTable && line != Head && !line.StartsWith("|---", StringComparison.Ordinal))
                yield return Prose.Cells(line);
        }
    }

    private static IEnumerable<string> Spans(string text) => Span().Matches(text).Select(span => span.Groups["code"].Value);

    private static IEnumerable<string> CodeFiles(string folder) => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !BuildFolder().IsMatch(file));

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"^(?<class>\w+Tests)(\.(?<method>\w+))?$")]
    private static partial Regex Test();

    [GeneratedRegex("^(tests|src|docs)/")]
    private static partial Regex FilePath();

    [GeneratedRegex(@"^(Abstractions|Cli|Client|Client\.Orleans|Core|Server|Testing)/")]
    private static partial Regex SourcePath();

    [GeneratedRegex(@"dotnet test (?<project>\S+) --filter (?<name>[\w.]+)")]
    private static partial Regex Filter();

    [GeneratedRegex(@"^_?[A-Z]\w*(\.\w+)?$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bclass (?<name>\w+)")]
    private static partial Regex ClassName();

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex BuildFolder();
}
