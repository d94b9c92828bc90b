using LockGrains.AspNetCore.Access;

namespace LockGrains.Silo.Demo;

/// <summary>The folder of the demo's throw-away file, which goes with the silo.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lockgrains-demo-");

    /// <summary>
    /// The settings with the locks in that folder. The programs of this machine are let in, if nothing else is said: in a container, too, where they
    /// need an access key otherwise. There is nothing but the demo's own locks.
    /// </summary>
    public SiloSettings Hold(SiloSettings settings, IConfiguration configuration)
    {
        configuration[$"{AccessOptions.Section}:{nameof(AccessOptions.Anonymous)}"] ??= "local";
        return settings with { Data = Path.Combine(_folder.FullName, "locks.db") };
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
