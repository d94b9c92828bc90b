namespace LockGrains.Silo.Demo;

/// <summary>The folder of the demo's throw-away file, which goes with the silo.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockgrains-demo-");

    /// <summary>The settings with the locks in that folder.</summary>
    public SiloSettings Holding(SiloSettings settings) => settings with { Data = Path.Combine(_folder.FullName, "locks.db") };

    public void Dispose() => _folder.Delete(recursive: true);
}
