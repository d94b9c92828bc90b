using System.Text.RegularExpressions;
using LockGrains.Docs.Tests.Language;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>
/// The documents show code that compiles and runs: each C# block of them is in a file of Examples, here or beside the tests of clusters, or in a
/// sample, word for word. A block that begins with a using directive is a whole sample.
/// </summary>
public sealed partial class DocumentedCodeTests
{
    private static readonly IReadOnlyList<string> Samples = [.. Directory
        .GetDirectories(Path.Combine(Repository.Root, "samples")).Select(folder => Path.Combine(folder, "Program.cs")).Where(File.Exists).Select(File.ReadAllText)];

    private static readonly string[] Projects = ["LockGrains.Docs.Tests", "LockGrains.Cluster.Tests", "LockGrains.AspNetCore.Tests", "LockGrains.Client.Http.Tests"];

    private static readonly IReadOnlyList<string> Compiled = [.. Projects
        .SelectMany(project => Directory.GetFiles(Path.Combine(Repository.Root, "tests", project, "Examples"), "*.cs"))
        .Select(File.ReadAllText).Concat(Samples).Select(Normalized)];

    public static TheoryData<string, string> Blocks()
    {
        var blocks = new TheoryData<string, string>();
        foreach (var document in Documents.All)
        {
            foreach (Match match in CSharpBlock().Matches(Documents.Read(document)))
                blocks.Add(document, match.Groups["code"].Value);
        }

        return blocks;
    }

    private static bool IsWhole(string code) => code.StartsWith("using ", StringComparison.Ordinal) && !code.StartsWith("using var", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Block_InADocument_IsCompiledAndCanBePasted(string file, string code)
    {
        if (IsWhole(code))
            Assert.True(Samples.Contains(code), $"{file} shows a program that is no sample, word for word:\n{code}");
        Assert.True(Compiled.Any(text => text.Contains(Normalized(code), StringComparison.Ordinal)), $"{file} shows code that is not compiled:\n{code}");
        Assert.False(code.StartsWith(' '), $"{file} shows code that is indented as a whole:\n{code}");
    }

    [Fact]
    public void Documents_HaveBlocks() => Assert.True(Blocks().Count >= 5, "The README lost its examples, or they are not marked csharp any more.");

    [Fact]
    public void Readme_BeginsWithAWholeProgram_AndShowsASiloAndAClientForProduction()
    {
        var blocks = CSharpBlock().Matches(Documents.Read("README.md")).Select(match => match.Groups["code"].Value).ToList();

        Assert.True(IsWhole(blocks[0]), "The first code of the README is not a whole program.");
        Assert.Single(blocks, code => IsWhole(code) && code.Contains("UseOrleans(", StringComparison.Ordinal) && code.Contains("UseRedisClustering", StringComparison.Ordinal));
        Assert.Single(blocks, code => IsWhole(code) && code.Contains("UseOrleansClient(", StringComparison.Ordinal) && code.Contains("UseRedisClustering", StringComparison.Ordinal));
    }

    [Fact]
    public void CasesOfTheKit_AreListedAsTheyAre()
    {
        var rows = Storage.Testing.StoreConformance.Cases.Select(one => $"| `{one.Name}` | {one.Promise} |");
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "STORAGE.md"));
        Assert.Equal(rows, lines.SkipWhile(line => !line.StartsWith("| Case |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')));
    }

    [Fact]
    public void Links_ToFilesOfTheRepository_LeadSomewhere()
    {
        foreach (var (document, target, _) in Links())
            Assert.True(Path.Exists(target), $"{document} links to {target}, which is not there.");
    }

    [Fact]
    public void Links_ToHeadings_LeadSomewhere()
    {
        var links = Links().Where(link => link.Heading.Length > 0).ToList();

        Assert.True(links.Count > 20, $"Only {links.Count} links to headings were found.");
        foreach (var (document, target, heading) in links)
            Assert.True(Headings(target).Contains(heading), $"{document} links to the heading #{heading} of {target}, which is not there.");
    }

    private static IEnumerable<(string Document, string Target, string Heading)> Links() =>
        from document in Documents.All
        from Match match in Link().Matches(Documents.Read(document))
        let parts = match.Groups["target"].Value.Split('#', 2)
        where !parts[0].Contains("://", StringComparison.Ordinal)
        let path = Documents.PathOf(document)
        select (document, parts[0].Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, parts[0]), parts.ElementAtOrDefault(1) ?? "");

    // As GitHub names them: lower case, hyphens for spaces, no other punctuation.
    private static HashSet<string> Headings(string file) => [.. Heading().Matches(Prose.WithoutBlocks(File.ReadAllText(file)))
        .Select(match => NotInAnchor().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string Normalized(string code) => WhiteSpace().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
