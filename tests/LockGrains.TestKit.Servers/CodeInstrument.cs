using System.Text.RegularExpressions;

namespace LockGrains.TestKit.Servers;

/// <summary>An instrument, as the code makes it.</summary>
/// <param name="Project">The project whose code makes it.</param>
/// <param name="Kind">Its kind: Counter, Histogram, ObservableGauge and so on.</param>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit.</param>
public sealed partial record CodeInstrument(string Project, string Kind, string Name, string Unit)
{
    /// <summary>All that the product makes.</summary>
    public static IReadOnlyList<CodeInstrument> All { get; } =
    [
        .. from file in Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
           let path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/').Split('/')
           where !path.Contains("obj") && !path.Contains("bin")
           from Match found in Creation().Matches(File.ReadAllText(file))
           select new CodeInstrument(path[1], found.Groups["kind"].Value, found.Groups["name"].Value, found.Groups["unit"].Value),
    ];

    /// <summary>What it is called by Prometheus, where a histogram has a name for each of its parts.</summary>
    public IEnumerable<string> PrometheusNames
    {
        get
        {
            var unit = Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            var name = $"{Name.Replace('.', '_')}{unit}";
            return Kind switch
            {
                "Counter" => [$"{name}_total"],
                "Histogram" => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
                _ => [name],
            };
        }
    }

    [GeneratedRegex(@"\.Create(?<kind>Counter|UpDownCounter|Histogram|ObservableGauge|ObservableUpDownCounter|ObservableCounter|Gauge)(<\w+>)?\(\s*""(?<name>[a-z._]+)""[^""]*""(?<unit>[^""]*)""")]
    private static partial Regex Creation();
}
