using LockGrains.Cli.Tests.EndToEnd;

namespace LockGrains.Cli.Tests.Native;

/// <summary>The native program, published once as its users publish it, and a silo.</summary>
public sealed class NativeFixture : IAsyncLifetime
{
    // A guard only: the compiler shares two cores with all other tests.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private DirectoryInfo? _folder;
    private SiloProcess? _silo;

    /// <summary>All that is published but symbols.</summary>
    public IReadOnlyList<string> Files { get; private set; } = [];

    public string Program => Files.Single();

    public string Url => _silo!.Url;

    public async Task InitializeAsync()
    {
        if (NativeFactAttribute.SkipReason is not null)
            return;

        // Beside nothing that others build at the same time, and kept: the next run compiles what has changed.
        var artifacts = Path.Combine(Repository.Root, "tests", "LockGrains.Cli.Tests", "obj", "native");
        var output = Path.Combine(artifacts, "out");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        using (var publish = TestProcess.Start(
            "dotnet publish",
            "dotnet",
            [
                "publish", Path.Combine(Repository.Root, "src", "LockGrains.Cli"), "-r", "linux-x64", "-c", "Release",
                "--artifacts-path", artifacts, "-o", output, "-nologo", "-v", "q", "--disable-build-servers",
            ]))
        {
            await publish.ExpectExitAsync(0, Patience);
        }

        Files = [.. Directory.GetFiles(output, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is not ".dbg" and not ".pdb" and not ".xml")];

        // In a file: a storage in memory has no list of keys for tidy.
        _folder = Directory.CreateTempSubdirectory("lockgrains-native");
        _silo = SiloProcess.StartKeyed("--data", Path.Combine(_folder.FullName, "locks.db"), "--LockGrains:Locks:FirstLease", "00:02:00");
        await _silo.WhenReadyAsync();
    }

    public Task DisposeAsync()
    {
        _silo?.Dispose();
        _folder?.Delete(recursive: true);
        return Task.CompletedTask;
    }
}
