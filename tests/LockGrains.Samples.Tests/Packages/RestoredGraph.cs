using System.Text.Json;

namespace LockGrains.Samples.Tests.Packages;

/// <summary>What a project was restored with, the packages and projects behind its own references included.</summary>
internal static class RestoredGraph
{
    /// <summary>The names, without versions.</summary>
    /// <param name="folder">The project's folder.</param>
    public static List<string> Read(string folder)
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "obj", "project.assets.json")));
        return [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0])];
    }
}
