using System.Text.Json;
using System.Xml.Linq;

namespace LockGrains.Samples.Tests.Packages;

/// <summary>
/// Whoever installs the packages gets programs that run: a folder of their own, where nothing of this repository is but what the packages
/// have in them.
/// </summary>
[Collection(PackageFeed.Name)]
public sealed class InstallTests(PackageFeed feed) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmptySolution_FirstProgramOfTheReadme_BuildsAndWritesWhatTheReadmeShows()
    {
        var first = MakeProject("First", Readme.FirstProgram, Lock("LockGrains.Server"), Lock("LockGrains.Client.Orleans"));
        var outside = MakeProject("Outside", ReadSample("Leader"), Lock("LockGrains.Client.Orleans"), Orleans("Microsoft.Orleans.Client"));
        var storages = MakeProject(
            "Storages",
            "return;\n",
            Lock("LockGrains.AspNetCore"),
            Lock("LockGrains.Storage.Sqlite"),
            Lock("LockGrains.Storage.PostgreSql"),
            Lock("LockGrains.Storage.Testing"),
            Lock("LockGrains.Tls"),
            Lock("LockGrains.Fencing"));
        var tests = MakeProject("Tests", TestProgram, Lock("LockGrains.Testing"));
        var overHttp = MakeProject("OverHttp", HttpProgram, Lock("LockGrains.Client.Http"));
        var solution = _folder.File("Empty.slnx");
        await File.WriteAllTextAsync(solution, $"""<Solution>{string.Concat(new[] { first, outside, storages, tests, overHttp }.Select(project => $"<Project Path=\"{project}\" />"))}</Solution>""");

        await DotnetCommand.RunAsync(
            "build", solution, "--configuration", "Release", "-maxCpuCount:1", "-verbosity:minimal", "-property:UseAppHost=false", "-property:NuGetAudit=false",
            $"-property:RestoreAdditionalProjectSources={feed.Path}",
            $"-property:RestorePackagesPath={PackagesPath}",

            // What others have made is restored already. Without this the test would load all of it again.
            $"-property:RestoreFallbackFolders={Build.PackagesFolder}");

        AssertRestoredFromTheFeed();
        using var program = new Programs().Start(Path.Combine(_folder.Path, "First", "bin", "Release", Build.Framework, "First.dll"));
        await program.ExpectExitAsync(0);
        Assert.Equal(Readme.FirstOutput, program.Out);

        using var test = new Programs().Start(Path.Combine(_folder.Path, "Tests", "bin", "Release", Build.Framework, "Tests.dll"));
        await test.ExpectExitAsync(0);
        Assert.Equal(["01:00:00"], test.Out);

        using var overNothing = new Programs().Start(Path.Combine(_folder.Path, "OverHttp", "bin", "Release", Build.Framework, "OverHttp.dll"));
        await overNothing.ExpectExitAsync(0);
        Assert.Equal(["k"], overNothing.Out);
        Assert.DoesNotContain(RestoredGraph.Read(Path.GetDirectoryName(overHttp)!), library => library.Contains("Orleans", StringComparison.OrdinalIgnoreCase));

        var ofClient = RestoredGraph.Read(Path.GetDirectoryName(outside)!);
        Assert.Contains("LockGrains.Client", ofClient);
        Assert.Empty(ofClient.Intersect(["LockGrains.Server", "Microsoft.Orleans.Server", "Microsoft.Orleans.Runtime"]));
    }

    [Fact]
    public async Task Tool_Installed_ExplainsItself()
    {
        await DotnetCommand.RunAsync(
            "tool", "install", "LockGrains.Cli", "--version", PackageFeed.Version, "--tool-path", _folder.Path, "--add-source", feed.Path, "--no-cache");

        using var tool = TestProcess.Start("lockgrains", _folder.File("lockgrains"), ["--help"]);
        await tool.ExpectExitAsync(0);
        Assert.Contains(tool.Out, line => line.Contains("run", StringComparison.Ordinal));
    }

    private const string TestProgram = """
        using LockGrains.Testing;

        var clock = new FakeClock();
        await using var locks = new InMemoryLocks(clock);
        await using var handle = await locks.CreateClient().AcquireAsync("key");
        await clock.AdvanceAsync(TimeSpan.FromHours(1));
        handle.ThrowIfLost();
        Console.WriteLine(clock.GetElapsedTime(0));
        """;

    // No server is there: the program says so, and does not hang.
    private const string HttpProgram = """
        using LockGrains;

        await using var locks = LockClient.Create(
            new HttpLockClientOptions { Servers = ["http://127.0.0.1:1"] }, new LockClientOptions { UnavailableTimeout = TimeSpan.FromMilliseconds(100) });
        try
        {
            await locks.AcquireAsync("k");
        }
        catch (LockUnavailableException exception)
        {
            Console.WriteLine(exception.Key);
        }
        """;

    private string PackagesPath => _folder.File("packages");

    private static string ReadSample(string name) => File.ReadAllText(Path.Combine(Repository.Root, "samples", name, "Program.cs"));

    private static XElement Lock(string package) => Reference(package, PackageFeed.Version);

    private static XElement Orleans(string package) => Reference(package, XDocument
        .Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("OrleansVersion").Single().Value);

    private static XElement Reference(string package, string version) =>
        new("PackageReference", new XAttribute("Include", package), new XAttribute("Version", version));

    /// <summary>Makes what <c>dotnet new console</c> and <c>dotnet add package</c> make.</summary>
    /// <returns>The project's path.</returns>
    private string MakeProject(string name, string program, params XElement[] references)
    {
        var folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        var project = Path.Combine(folder, $"{name}.csproj");
        new XElement(
            "Project",
            new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement(
                "PropertyGroup",
                new XElement("OutputType", "Exe"),
                new XElement("TargetFramework", Build.Framework),
                new XElement("ImplicitUsings", "enable"),
                new XElement("Nullable", "enable")),
            new XElement("ItemGroup", references)).Save(project);
        return project;
    }

    /// <summary>A package of this repository that somebody restored before, elsewhere, would be another one.</summary>
    private void AssertRestoredFromTheFeed()
    {
        string[] restored =
        [
            "LockGrains.Abstractions", "LockGrains.AspNetCore", "LockGrains.Client", "LockGrains.Client.Http", "LockGrains.Client.Orleans", "LockGrains.Core", "LockGrains.Fencing",
            "LockGrains.Server", "LockGrains.Storage.PostgreSql", "LockGrains.Storage.Sqlite", "LockGrains.Storage.Testing", "LockGrains.Testing", "LockGrains.Tls",
        ];
        foreach (var package in restored)
        {
#pragma warning disable CA1308 // The folders of packages are in lower case.
            var folder = Path.Combine(PackagesPath, package.ToLowerInvariant(), PackageFeed.Version);
#pragma warning restore CA1308
            using var metadata = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, ".nupkg.metadata")));
            Assert.Equal(feed.Path, metadata.RootElement.GetProperty("source").GetString());
        }
    }
}
