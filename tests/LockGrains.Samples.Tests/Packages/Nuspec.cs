using System.Xml.Linq;

namespace LockGrains.Samples.Tests.Packages;

/// <summary>The description inside a package.</summary>
internal sealed class Nuspec(XDocument document)
{
    /// <summary>The ids of the packages that it brings along.</summary>
    public IReadOnlyList<string> Dependencies { get; } = [.. Elements(document, "dependency").Select(dependency => dependency.Attribute("id")!.Value)];

    /// <summary>Where the sources are said to be; null when nothing is said.</summary>
    public string? RepositoryUrl => Elements(document, "repository").SingleOrDefault()?.Attribute("url")?.Value;

    /// <summary>What whoever restores this package does not get of one that it brings along.</summary>
    public string GetExcluded(string dependency) =>
        Elements(document, "dependency").Single(element => element.Attribute("id")!.Value == dependency).Attribute("exclude")?.Value ?? "";

    /// <summary>A value by its name, such as <c>license</c>; null when there is none.</summary>
    public string? this[string name] => Elements(document, name).SingleOrDefault()?.Value;

    private static IEnumerable<XElement> Elements(XDocument document, string name) =>
        document.Descendants().Where(element => element.Name.LocalName == name);
}
