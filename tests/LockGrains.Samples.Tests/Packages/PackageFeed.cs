using System.IO.Compression;
using System.Xml.Linq;

namespace LockGrains.Samples.Tests.Packages;

/// <summary>A folder with every package of this repository, made of what is built. Made once for all the tests of packages.</summary>
[CollectionDefinition(Name)]
public sealed class PackageFeed : ICollectionFixture<PackageFeed>, IAsyncLifetime, IDisposable
{
    /// <summary>The collection of the tests that share it.</summary>
    public const string Name = "packages";

    private readonly TempFolder _folder = new();

    public string Path => _folder.Path;

    /// <summary>The projects that are packages, with what they say.</summary>
    internal static IReadOnlyDictionary<string, XDocument> Projects { get; } = Directory
        .GetFiles(System.IO.Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
        .Select(file => (Name: System.IO.Path.GetFileNameWithoutExtension(file), Project: XDocument.Load(file)))
        .Where(project => project.Project.Descendants("IsPackable").SingleOrDefault()?.Value != "false")
        .ToDictionary(project => project.Name, project => project.Project);

    /// <summary>The one place that names the version.</summary>
    internal static string Version { get; } = XDocument
        .Load(System.IO.Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    public async Task InitializeAsync()
    {
        // One call for all of them: most of the time of one is that of starting.
        var traversal = _folder.File("pack.proj");
        await File.WriteAllTextAsync(traversal, $"""
            <Project>
              <ItemGroup>
                <Packed Include="{Repository.Root}/src/*/*.csproj" />
              </ItemGroup>
              <Target Name="Pack">
                <MSBuild Projects="@(Packed)" Targets="Pack" Properties="Configuration={Build.Configuration};NoBuild=true;PackageOutputPath={Path}" />
              </Target>
            </Project>
            """);
        await DotnetCommand.RunAsync("msbuild", traversal, "-target:Pack", "-verbosity:minimal", "-maxCpuCount:1");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _folder.Dispose();

    internal string FileOf(string package, string ending = "nupkg") => System.IO.Path.Combine(Path, $"{package}.{Version}.{ending}");

    /// <summary>The description of a package, which whoever restores it reads.</summary>
    internal Nuspec ReadNuspec(string package)
    {
        using var archive = ZipFile.OpenRead(FileOf(package));
        using var stream = archive.GetEntry($"{package}.nuspec")!.Open();
        return new Nuspec(XDocument.Load(stream));
    }

    internal IReadOnlyList<string> EntriesOf(string package, string ending = "nupkg")
    {
        using var archive = ZipFile.OpenRead(FileOf(package, ending));
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }
}
