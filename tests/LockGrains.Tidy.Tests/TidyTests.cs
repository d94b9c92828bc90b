using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LockGrains.Tidy.Tests;

/// <summary>The rules of the house that no compiler checks. What is banned names its replacement.</summary>
public sealed partial class TidyTests
{
    private const int FileLinesMax = 400;
    private const int FunctionLinesMax = 70;

    /// <summary>The tests that have no analyzer to tell them.</summary>
    private static readonly string[] CoreRingTests = ["tests/LockGrains.Core.Tests", "tests/LockGrains.Simulation"];

    [Fact]
    public void Core_ReferencesNothing()
    {
        var core = Project("src/LockGrains.Core/LockGrains.Core.csproj");

        Assert.Empty(References(core));
        Assert.Equal("true", core.Descendants("CoreRing").Single().Value);
    }

    [Fact]
    public void CoreTests_ReferenceNothingButXunit()
    {
        var tests = Project("tests/LockGrains.Core.Tests/LockGrains.Core.Tests.csproj");

        Assert.Equal(
            ["LockGrains.Core", "LockGrains.TestKit", "Microsoft.NET.Test.Sdk", "xunit", "xunit.runner.visualstudio"],
            References(tests).Order(StringComparer.Ordinal));
        Assert.Equal(["LockGrains.Core"], References(Project("tests/LockGrains.TestKit/LockGrains.TestKit.csproj")));
    }

    [Fact]
    public void Projects_PointOnlyInwards()
    {
        var allowed = new Dictionary<string, string[]>
        {
            ["LockGrains.Core"] = [],
            ["LockGrains.Abstractions"] = ["LockGrains.Core"],
            ["LockGrains.Analyzers"] = [],
            ["LockGrains.AspNetCore"] = ["LockGrains.Abstractions"],
            ["LockGrains.Client"] = ["LockGrains.Analyzers", "LockGrains.Core"],
            ["LockGrains.Client.Http"] = ["LockGrains.Client", "LockGrains.Core"],
            ["LockGrains.Client.Orleans"] = ["LockGrains.Abstractions", "LockGrains.Client", "LockGrains.Core"],
            ["LockGrains.Fencing"] = [],
            ["LockGrains.Server"] = ["LockGrains.Abstractions", "LockGrains.Core"],
            ["LockGrains.Cli"] = ["LockGrains.Client.Http"],
            ["LockGrains.Storage.Sqlite"] = ["LockGrains.Core", "LockGrains.Server"],
            ["LockGrains.Storage.Testing"] = ["LockGrains.Core"],
            ["LockGrains.Testing"] = ["LockGrains.Client"],
            ["LockGrains.Tls"] = ["LockGrains.Core"],
            ["LockGrains.Storage.PostgreSql"] = ["LockGrains.Core", "LockGrains.Server"],
            ["LockGrains.Silo"] =
            [
                "LockGrains.AspNetCore", "LockGrains.Client.Http", "LockGrains.Server", "LockGrains.Storage.PostgreSql", "LockGrains.Storage.Sqlite",
                "LockGrains.Tls",
            ],
        };
        foreach (var file in SourceTree.Files("src", ".csproj").Concat(SourceTree.Files("silo", ".csproj")))
        {
            var name = System.IO.Path.GetFileNameWithoutExtension(file.Path);
            Assert.True(allowed.TryGetValue(name, out var targets), $"{file.Path} is new: say here what it may reference.");
            var references = References(XDocument.Parse(file.Text)).Where(reference => reference.StartsWith("LockGrains.", StringComparison.Ordinal));
            Assert.Empty(references.Except(targets!).Select(reference => $"{file.Path} must not reference {reference}."));
        }
    }

    /// <summary>What two projects share is a project. What the mutants are compiled from is made by their own build.</summary>
    [Fact]
    public void Projects_CompileNoSourcesOfOthers() => Assert.Empty(
        from file in SourceTree.AllProjects()
        from element in XDocument.Parse(file.Text).Descendants()
        where element.Name.LocalName == "Compile" && element.Attribute("Include") is { } include
            && !include.Value.StartsWith("$(MutatedSources)", StringComparison.Ordinal)
        select $"{file.Path} compiles {element.Attribute("Include")!.Value}: make a project of what is shared.");

    [Fact]
    public void Core_UsesNoClockNoChanceAndNoThreadOfItsOwn()
    {
        (Regex Pattern, string Advice)[] banned =
        [
            .. BannedSymbols.Load(),
            (new Regex(@"\bRandom\b"), "Random: chance is an argument in Core"),
            (new Regex(@"\bGuid\.(NewGuid|CreateVersion7)\b"), "Guid.NewGuid: ids are arguments in Core"),
            (new Regex(@"\bTask\.Run\b"), "Task.Run: Core stays on the scheduler that it is made on"),
            (new Regex(@"\bThread(Pool)?\b(?!ing)"), "Thread: Core starts none"),
            (new Regex(@"\bConfigureAwait\b"), "ConfigureAwait: Core stays on the scheduler that it is made on"),
            (new Regex(@"\busing (Orleans|StackExchange|Microsoft)\b"), "packages: Core needs nothing but the BCL"),
        ];

        Assert.Empty(Violations(SourceTree.Files("src/LockGrains.Core", ".cs"), banned));
    }

    [Fact]
    public void TestsOfTheCoreRing_WaitForNoClock()
    {
        var ring = CoreRingTests.SelectMany(folder => SourceTree.Files(folder, ".cs"));

        Assert.Empty(Violations(ring, BannedSymbols.Load()));
    }

    [Fact]
    public void Tests_NeverSleep()
    {
        (Regex, string)[] sleeps = [.. BannedSymbols.Load().Where(banned => banned.Advice.Contains("Sleep:", StringComparison.Ordinal) || banned.Advice.Contains("Delay:", StringComparison.Ordinal))];
        Assert.Equal(6, sleeps.Length);

        Assert.Empty(Violations(SourceTree.Files("tests", ".cs"), sleeps));
    }

    [Fact]
    public void Files_AreShort() => Assert.Empty(SourceTree.AllCode()
        .Where(file => file.LineCount > FileLinesMax)
        .Select(file => $"{file.Path} has {file.LineCount} lines; split it by what it is about ({FileLinesMax} at most)."));

    [Fact]
    public void Functions_AreShort() => Assert.Empty(
        from file in SourceTree.AllCode()
        from function in CodeText.Functions(file.CodeLines)
        where function.Length > FunctionLinesMax
        select $"{file.Path}:{function.Line} has a function of {function.Length} lines; {FunctionLinesMax} at most.");

    [Fact]
    public void Branches_WithoutBraces_AreOnTheNextLine() => Assert.Empty(
        from file in SourceTree.AllCode()
        from line in file.CodeLines.Select((text, index) => (text, index))
        where OneLineBranch().IsMatch(line.text)
        select $"{file.Path}:{line.index + 1}: what an if, an else or a loop does is on the next line, in braces or without.");

    [Theory]
    [InlineData("if (a) b();", true)]
    [InlineData("    if (F(a)) return G(b);", true)]
    [InlineData("else b();", true)]
    [InlineData("    foreach (var a in F(b)) c(a);", true)]
    [InlineData("else if (a)", false)]
    [InlineData("else", false)]
    [InlineData("while (F(a));", false)]
    [InlineData("if (a) throw new B(", true)]
    [InlineData("    if (F(a) && b)", false)]
    [InlineData("for (var a = 0; a < b; a++)", false)]
    public void Branches_OnOneLine_AreSeen(string code, bool isOneLine) => Assert.Equal(isOneLine, OneLineBranch().IsMatch(code));

    [Fact]
    public void Code_HasNoBareReminders() => Assert.Empty(
        from file in SourceTree.AllCode()
        from line in file.Text.Split('\n').Select((text, index) => (text, index))
        where Reminder().IsMatch(line.text)
        select $"{file.Path}:{line.index + 1}: do it, or make it an issue and name it.");

    [Fact]
    public void Scanner_SeesCodeAndNotWhatIsQuoted()
    {
        var code = CodeText.Strip("a(); // Random\nb(\"Random \\\" Random\"); /* Random\n Random */ c('\"', @\"Random\\\", Random);");

        Assert.Single(Regex.Count(code, "Random") == 1 ? [code] : Array.Empty<string>());
        Assert.Equal(2, code.Count(character => character == '\n'));
    }

    [Fact]
    public void Scanner_FindsFunctionsAndTheirLengths()
    {
        string[] lines = ["class A", "{", "    void F()", "    {", "        if (x) {", "        }", "    }", "    int P { get; }", "}"];

        Assert.Equal([(4, 4), (8, 1)], CodeText.Functions(lines));
    }

    [Theory]
    [InlineData("await Task.Delay(100);", true)]
    [InlineData("await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);", true)]
    [InlineData("await Task.Delay(TimeSpan.FromSeconds(1), timeProvider, cancellationToken);", false)]
    [InlineData("await Task.Delay(pause, _time);", false)]
    [InlineData("new CancellationTokenSource(5)", true)]
    [InlineData("new CancellationTokenSource()", false)]
    [InlineData("new CancellationTokenSource(delay, time)", false)]
    [InlineData("Thread.Sleep(1)", true)]
    [InlineData("var at = DateTime.UtcNow;", true)]
    [InlineData("DateTimeOffset.UtcNow", true)]
    [InlineData("timeProvider.GetUtcNow()", false)]
    [InlineData("Stopwatch.GetTimestamp()", true)]
    public void BannedSymbols_AreFoundInText(string code, bool isBanned) =>
        Assert.Equal(isBanned, Violations([new SourceFile("a.cs", code)], BannedSymbols.Load()).Any());

    private static IEnumerable<string> Violations(IEnumerable<SourceFile> files, IReadOnlyList<(Regex Pattern, string Advice)> banned) =>
        from file in files
        from line in file.CodeLines.Select((text, index) => (text, index))
        from rule in banned
        where rule.Pattern.Matches(line.text).Any(match => !BannedSymbols.HasTimeProvider(match))
        select $"{file.Path}:{line.index + 1}: {rule.Advice}";

    private static XDocument Project(string path) => XDocument.Parse(SourceTree.Read(System.IO.Path.Combine(SourceTree.Root, path)).Text);

    private static IEnumerable<string> References(XDocument project) => project.Descendants()
        .Where(element => element.Name.LocalName is "PackageReference" or "ProjectReference")
        .Select(element => element.Attribute("Include")!.Value.Replace('\\', '/'))
        .Select(include => include.EndsWith(".csproj", StringComparison.Ordinal) ? System.IO.Path.GetFileNameWithoutExtension(include) : include);

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b")]
    private static partial Regex Reminder();

    /// <summary>A head with balanced parentheses, and something to do after it.</summary>
    [GeneratedRegex(@"^\s*(?:else\s+(?!if\b)\S|(?:else\s+)?(?:if|for|foreach|while)\s*\((?>[^()]|(?<depth>\()|(?<-depth>\)))*(?(depth)(?!))\)\s*[^\s;])")]
    private static partial Regex OneLineBranch();
}
