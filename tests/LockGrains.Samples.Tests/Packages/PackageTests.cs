using System.Xml.Linq;

namespace LockGrains.Samples.Tests.Packages;

/// <summary>What is in the packages, and what they bring along.</summary>
[Collection(PackageFeed.Name)]
public sealed class PackageTests(PackageFeed feed)
{
    /// <summary>What only a silo needs: a program outside the cluster must not get it.</summary>
    private static readonly string[] OfSilos = ["LockGrains.Server", "Microsoft.Orleans.Server", "Microsoft.Orleans.Runtime"];

    public static TheoryData<string> All() => [.. PackageFeed.Projects.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Packages_AreThoseThatTheReadmeSaysWhenToInstall() =>
        Assert.Equal(PackageFeed.Projects.Keys.Order(StringComparer.Ordinal), Readme.Packages.Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void Package_SaysWhatItIs(string package)
    {
        var description = feed.ReadNuspec(package);

        Assert.Equal(PackageFeed.Version, description["version"]);
        Assert.Equal("MIT", description["license"]);
        Assert.Equal("README.md", description["readme"]);
        Assert.True(description["description"]!.Length > 50);
        Assert.Null(description.RepositoryUrl);
        Assert.Contains("README.md", feed.EntriesOf(package));
        Assert.StartsWith($"# {package}\n", File.ReadAllText(Path.Combine(Repository.Root, "src", package, "README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Package_HasSymbolsForItsAssemblies(string package)
    {
        var symbols = feed.EntriesOf(package)
            .Where(entry => Path.GetFileName(entry).StartsWith("LockGrains", StringComparison.OrdinalIgnoreCase) && entry.EndsWith(".dll", StringComparison.Ordinal))

            // Has its symbols in itself.
            .Where(entry => !entry.StartsWith("analyzers/", StringComparison.Ordinal))
            .Select(assembly => Path.ChangeExtension(assembly, ".pdb")).ToList();

        Assert.NotEmpty(symbols);
        Assert.Empty(symbols.Except(feed.EntriesOf(package, "snupkg")));
    }

    [Fact]
    public void Package_OfTheClient_HasTheAnalyzerAndThoseOfItsTransportsBringItAlong()
    {
        Assert.Contains("analyzers/dotnet/cs/LockGrains.Analyzers.dll", feed.EntriesOf("LockGrains.Client"));
        Assert.DoesNotContain("Analyzers", feed.ReadNuspec("LockGrains.Client.Http").GetExcluded("LockGrains.Client"), StringComparison.Ordinal);
        Assert.DoesNotContain("Analyzers", feed.ReadNuspec("LockGrains.Client.Orleans").GetExcluded("LockGrains.Client"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Dependencies_AreWhatTheProjectReferences(string package)
    {
        var project = PackageFeed.Projects[package];

        // A tool has everything inside.
        var expected = project.Descendants("PackAsTool").Any() ? [] : References(project, "PackageReference")
            .Concat(References(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)));
        Assert.Equal(expected.Order(StringComparer.Ordinal), feed.ReadNuspec(package).Dependencies.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("LockGrains.Core")]
    [InlineData("LockGrains.Abstractions")]
    [InlineData("LockGrains.AspNetCore")]
    [InlineData("LockGrains.Client")]
    [InlineData("LockGrains.Client.Http")]
    [InlineData("LockGrains.Client.Orleans")]
    [InlineData("LockGrains.Fencing")]
    [InlineData("LockGrains.Storage.Testing")]
    [InlineData("LockGrains.Testing")]
    public void Dependencies_OutsideTheCluster_HaveNothingOfSilos(string package) => Assert.Empty(Closure(package).Append(package).Intersect(OfSilos));

    /// <summary>By the graph that was restored, so that no package brings Orleans along unseen.</summary>
    [Theory]
    [InlineData("LockGrains.Core")]
    [InlineData("LockGrains.Client")]
    [InlineData("LockGrains.Client.Http")]
    [InlineData("LockGrains.Fencing")]
    [InlineData("LockGrains.Testing")]
    public void RestoredGraph_OfTheClientLibrary_HasNothingOfOrleans(string package)
    {
        var libraries = RestoredGraph.Read(Path.Combine(Repository.Root, "src", package));

        Assert.DoesNotContain(libraries, library => library.Contains("Orleans", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Microsoft.Orleans.Sdk", RestoredGraph.Read(Path.Combine(Repository.Root, "src", "LockGrains.Client.Orleans")));
    }

    [Fact]
    public void Dependencies_OfAStorage_HaveTheServer() => Assert.Contains("Microsoft.Orleans.Server", Closure("LockGrains.Storage.Sqlite"));

    private static IEnumerable<string> References(XDocument project, string kind) =>
        project.Descendants(kind)
            .Where(reference => reference.Attribute("ReferenceOutputAssembly")?.Value != "false")
            .Select(reference => reference.Attribute("Include")!.Value);

    private IEnumerable<string> Closure(string package) => PackageFeed.Projects.ContainsKey(package)
        ? feed.ReadNuspec(package).Dependencies.SelectMany(dependency => Closure(dependency).Append(dependency)).Distinct()
        : [];
}
