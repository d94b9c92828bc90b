using System.Text.RegularExpressions;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>The documents show code that compiles and runs: each C# block of them is in a file of Examples, word for word.</summary>
public sealed partial class DocumentedCodeTests
{
    private static readonly string Root = Repository.Root;

    public static TheoryData<string, string> Blocks()
    {
        var blocks = new TheoryData<string, string>();
        foreach (var file in Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md")))
        {
            foreach (Match match in CSharpBlock().Matches(File.ReadAllText(file)))
                blocks.Add(Path.GetFileName(file), match.Groups["code"].Value);
        }

        return blocks;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Block_InADocument_IsInACompiledExample(string file, string code)
    {
        var examples = Directory.GetFiles(Path.Combine(Root, "tests", "LockGrains.Docs.Tests", "Examples"), "*.cs").Select(File.ReadAllText).Select(Normalized);
        Assert.True(examples.Any(example => example.Contains(Normalized(code), StringComparison.Ordinal)), $"{file} shows code that no example has:\n{code}");
    }

    [Fact]
    public void Documents_HaveBlocks() => Assert.True(Blocks().Count >= 5, "The README lost its examples, or they are not marked csharp any more.");

    [Fact]
    public void CasesOfTheKit_AreListedAsTheyAre()
    {
        var rows = Storage.Testing.StoreConformance.Cases.Select(one => $"| `{one.Name}` | {one.Promise} |");
        var lines = File.ReadAllLines(Path.Combine(Root, "docs", "STORAGE.md"));
        Assert.Equal(rows, lines.SkipWhile(line => !line.StartsWith("| Case |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|')));
    }

    [Fact]
    public void Links_ToFilesOfTheRepository_LeadSomewhere()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md")))
        {
            foreach (Match match in Link().Matches(File.ReadAllText(file)))
            {
                var target = match.Groups["target"].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
                    Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, target)), $"{Path.GetFileName(file)} links to {target}, which is not there.");
            }
        }
    }

    private static string Normalized(string code) => WhiteSpace().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
