namespace LockGrains.Tidy.Tests;

/// <summary>The repository as text, found from where the tests run: the folder that has the central package versions.</summary>
internal static class SourceTree
{
    private static readonly string[] CodeFolders = ["src", "silo", "samples", "tests"];
    private static readonly string[] NotSource = ["bin", "obj", ".git", "artifacts", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>Files by the end of their name, with their path from the root, below a folder.</summary>
    public static IEnumerable<SourceFile> Files(string folder, string ending)
    {
        var path = Path.Combine(Root, folder);
        return Directory.Exists(path) ? Walk(path).Where(file => file.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read) : [];
    }

    /// <summary>All C# files of product and tests.</summary>
    public static IEnumerable<SourceFile> AllCode() => CodeFolders.SelectMany(folder => Files(folder, ".cs"));

    /// <summary>All projects of product and tests.</summary>
    public static IEnumerable<SourceFile> AllProjects() => CodeFolders.SelectMany(folder => Files(folder, ".csproj"));

    public static SourceFile Read(string path) => new(
        Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllText(path));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            yield return file;
        foreach (var child in Directory.EnumerateDirectories(folder).Where(child => !NotSource.Contains(Path.GetFileName(child))))
        {
            foreach (var file in Walk(child))
                yield return file;
        }
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has a Directory.Packages.props.");
    }
}

/// <summary>A file of the repository.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The text without comments and the content of strings, line by line: what the compiler sees of it.</summary>
    public IReadOnlyList<string> CodeLines { get; } = CodeText.Strip(Text).Split('\n');

    public int LineCount { get; } = Text.Split('\n').Length - (Text.EndsWith('\n') ? 1 : 0);
}
