using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>docs/MONITORING.md lists every event that is logged, and the filter that the silo itself uses.</summary>
public sealed partial class LogEventTests
{
    private static readonly string[] Folders = ["src", "silo"];
    private static readonly string Monitoring = File.ReadAllText(Path.Combine(Repository.Root, "docs", "MONITORING.md"));

    [Fact]
    public void Events_AllHaveAnIdOfTheirOwn()
    {
        var events = InCode().ToList();

        Assert.True(events.Count > 30, $"Only {events.Count} events were found in the code.");
        Assert.Empty(events.Where(one => one.Id == 0).Select(one => $"{one.File}: {one.Name} has no event id."));
        Assert.Empty(events.GroupBy(one => one.Id).Where(same => same.Count() > 1).Select(same => $"{same.Key} is {string.Join(" and ", same.Select(one => one.Name))}."));
        Assert.All(events, one => Assert.InRange(one.Id, 1, 999));
    }

    [Fact]
    public void Events_InTheCodeAndInTheDocument_AreTheSame() => Assert.Equal(
        InCode().OrderBy(one => one.Id).Select(one => $"{one.Id} {one.Level} {one.Name}"),
        InDocument().OrderBy(one => one.Id).Select(one => $"{one.Id} {one.Level} {one.Name}"));

    [Fact]
    public void Filter_ThatIsRecommended_IsTheSilosOwn()
    {
        var recommended = Levels(FilterBlock().Match(Monitoring).Groups["json"].Value);
        var silo = Levels(File.ReadAllText(Path.Combine(Repository.Root, "silo", "appsettings.json")));

        Assert.True(recommended.Count > 5, "docs/MONITORING.md recommends no filter any more.");
        Assert.All(recommended, level => Assert.Equal($"{level.Key} {level.Value}", $"{level.Key} {silo.GetValueOrDefault(level.Key)}"));
        Assert.Equal(["Default"], silo.Keys.Except(recommended.Keys));
    }

    private static Dictionary<string, string> Levels(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("Logging").GetProperty("LogLevel").EnumerateObject()
            .ToDictionary(level => level.Name, level => level.Value.GetString()!);
    }

    private static IEnumerable<LogEvent> InDocument() => EventRow().Matches(Monitoring).Select(row => new LogEvent(
        int.Parse(row.Groups["id"].Value, CultureInfo.InvariantCulture), row.Groups["level"].Value, row.Groups["name"].Value, "docs/MONITORING.md"));

    private static IEnumerable<LogEvent> InCode() =>
        from folder in Folders
        from file in Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        from Match found in LoggerMessage().Matches(File.ReadAllText(file))
        let id = EventId().Match(found.Groups["arguments"].Value)
        select new LogEvent(
            id.Success ? int.Parse(id.Groups["id"].Value, CultureInfo.InvariantCulture) : 0,
            Level().Match(found.Groups["arguments"].Value).Groups["level"].Value,
            found.Groups["name"].Value,
            path);

    [GeneratedRegex(@"\[LoggerMessage\((?<arguments>.*?)\)\]\s*(public|internal|private) (static )?partial void (?<name>\w+)\(", RegexOptions.Singleline)]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"^\s*(EventId = )?(?<id>\d+)\b")]
    private static partial Regex EventId();

    [GeneratedRegex(@"LogLevel\.(?<level>\w+)")]
    private static partial Regex Level();

    [GeneratedRegex(@"^\| (?<id>\d+) \| (?<level>\w+) \| `(?<name>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex EventRow();

    [GeneratedRegex("```json\n(?<json>\\{\\s*\"Logging\".*?)```", RegexOptions.Singleline)]
    private static partial Regex FilterBlock();

    private sealed record LogEvent(int Id, string Level, string Name, string File);
}
