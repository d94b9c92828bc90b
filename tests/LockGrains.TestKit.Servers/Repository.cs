namespace LockGrains.TestKit.Servers;

/// <summary>Where the repository is.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "LockGrains.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("LockGrains.sln is in no folder above the tests.");
        return directory.FullName;
    }
}
