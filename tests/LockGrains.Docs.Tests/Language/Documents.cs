namespace LockGrains.Docs.Tests.Language;

/// <summary>The Markdown files that people read, those of the packages among them.</summary>
internal static class Documents
{
    /// <summary>Their paths from the root of the repository.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "README.md",
        "CHANGELOG.md",
        "tests/README.md",
        "tests/LockGrains.Core.Tests/Golden/README.md",
        .. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(folder => $"src/{Path.GetFileName(folder)}/README.md").Order(StringComparer.Ordinal),
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(file => $"docs/{Path.GetFileName(file)}").Order(StringComparer.Ordinal),
    ];

    public static string PathOf(string document) => Path.Combine(Repository.Root, document);

    public static string Read(string document) => File.ReadAllText(PathOf(document));
}
