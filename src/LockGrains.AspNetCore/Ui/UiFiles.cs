namespace LockGrains.AspNetCore.Ui;

/// <summary>The files of the page. There is a path for each of them and for nothing else, so no path leads out of them.</summary>
internal static class UiFiles
{
    private static readonly Lazy<IReadOnlyList<UiFile>> Read = new(static () => [.. Names.Order(StringComparer.Ordinal).Select(UiFile.Read)]);

    /// <summary>The page itself.</summary>
    public static UiFile Index => Read.Value.Single(file => file.Name == IndexName);

    /// <summary>What the page asks for: scripts, style and icon.</summary>
    public static IEnumerable<UiFile> Parts => Read.Value.Where(file => file.Name != IndexName);

    private const string IndexName = "index.html";
    private const string Folder = "ui/";

    private static IEnumerable<string> Names => typeof(UiFiles).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .Select(name => name[Folder.Length..]);
}
