using System.Text;
using System.Text.RegularExpressions;
using LockGrains.AspNetCore.Access;
using Microsoft.Extensions.Configuration;

namespace LockGrains.AspNetCore.Tests.Access;

/// <summary>docs/ACCESS.md: its configuration is right, and allows what its table says.</summary>
public sealed partial class AccessDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "ACCESS.md"));

    [Fact]
    public void Configuration_InTheDocument_HasNoProblem() => Assert.Empty(AccessProblems.Find(Read()));

    [Fact]
    public void WorkedExamples_InTheDocument_AreWhatTheRulesSay()
    {
        var credentials = AccessTable.Create(Read()).Credentials.ToDictionary(one => one.Name);
        var rows = ExampleRow().Matches(Document).ToList();

        Assert.True(rows.Count >= 8, $"Only {rows.Count} examples were found.");
        Assert.All(rows, row =>
        {
            var allowed = Enum.GetValues<AccessVerb>().Where(verb => credentials[row.Groups["name"].Value].Allows(verb, row.Groups["key"].Value)).ToList();
            Assert.Equal(row.Groups["may"].Value, allowed.Count == 0 ? "nothing" : string.Join(", ", allowed).ToLowerInvariant());
        });
    }

    [Fact]
    public void Headers_ThatTheDocumentNames_AreRefused()
    {
        var list = Document.Split("It has no header that proxies write:")[1].Split('\n')[0];
        var names = CodeSpan().Matches(list).Select(span => span.Groups["code"].Value.Replace("…", "For", StringComparison.Ordinal)).ToList();

        Assert.Equal(5, names.Count);
        Assert.All(names, name =>
        {
            var context = AccessHost.LocalRequest();
            context.Request.Headers[name] = "x";
            Assert.NotNull(LocalRequest.FindObstacle(context));
        });
    }

    private static AccessOptions Read()
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(JsonBlock().Match(Document).Groups["json"].Value));
        var options = new AccessOptions();
        new AccessConfiguration(new ConfigurationBuilder().AddJsonStream(json).Build()).Configure(options);
        Assert.Equal(2, options.Keys.Count);
        return options;
    }

    [GeneratedRegex("```json\n(?<json>.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"^\| (?<name>billing|ops) \| `(?<key>[^`]+)` \| (?<may>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex ExampleRow();

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex CodeSpan();
}
