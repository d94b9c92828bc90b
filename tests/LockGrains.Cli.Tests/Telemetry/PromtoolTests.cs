using System.Text.Json;
using System.Text.RegularExpressions;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>Prometheus itself reads the alerts and what the dashboard asks, and plays the cases of each alert.</summary>
public sealed partial class PromtoolTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresFact("promtool")]
    public async Task Alerts_AreRulesOfPrometheus() => await ExpectAsync("check", "rules", DeployedQueries.Alerts);

    [RequiresFact("promtool")]
    public async Task Alerts_InTheirCases_FireAndAreQuiet() => await ExpectAsync("test", "rules", DeployedQueries.AlertTests);

    /// <summary>Each of them becomes a rule here, since promtool reads rules alone. JSON is YAML.</summary>
    [RequiresFact("promtool")]
    public async Task Dashboard_Expressions_ArePrometheus()
    {
        var rules = DeployedQueries.OfDashboard().Select((query, index) => new { record = $"panel:{index}", expr = query.Expression });
        var file = _folder.File("panels.yml");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { groups = new[] { new { name = "panels", rules } } }));

        await ExpectAsync("check", "rules", file);
    }

    /// <summary>A check that finds no fault with anything would prove nothing.</summary>
    [RequiresFact("promtool")]
    public async Task WrongRule_IsRefused()
    {
        var file = _folder.File("wrong.yml");
        await File.WriteAllTextAsync(file, "groups: [{name: a, rules: [{record: b, expr: 'sum by (le (c)'}]}]");
        using var promtool = Start("check", "rules", file);

        Assert.NotEqual(0, await promtool.WhenExitedAsync());
    }

    [Fact]
    public void Alerts_EachOfThem_HasACaseInWhichItFires_AndSaysWhatToDo()
    {
        var cases = File.ReadAllText(DeployedQueries.AlertTests);
        var rules = DeployedQueries.ReadRules();
        Assert.True(rules.Count >= 10, $"Only {rules.Count} alerts were found.");
        Assert.Equal(rules.Count, rules.Select(rule => rule.Alert).Distinct(StringComparer.Ordinal).Count());
        Assert.All(rules, rule =>
        {
            Assert.StartsWith("LockGrains", rule.Alert, StringComparison.Ordinal);
            Assert.Contains(rule.Labels["severity"], (string[])["warning", "critical"]);
            Assert.All((string[])["summary", "description"], name => Assert.False(string.IsNullOrWhiteSpace(rule.Annotations[name]), $"{rule.Alert} has no {name}."));
            var found = Case().Matches(cases).Where(match => match.Groups["alert"].Value == rule.Alert).ToList();
            Assert.True(found.Exists(match => match.Groups["fires"].Success), $"{rule.Alert} fires in no case.");
            Assert.True(found.Exists(match => match.Groups["quiet"].Success), $"{rule.Alert} is quiet in no case.");
        });
    }

    [Fact]
    public void Dashboard_Panels_HaveIdsTitlesAndTheSameSource()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(DeployedQueries.Dashboard));
        var panels = DeployedQueries.Panels(document.RootElement).ToList();
        Assert.True(panels.Count > 20, $"Only {panels.Count} panels were found.");
        var all = document.RootElement.GetProperty("panels").EnumerateArray().Select(panel => panel.GetProperty("id").GetInt32()).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("title").GetString()).Distinct(StringComparer.Ordinal).Count());
        Assert.All(panels, panel =>
        {
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.NotEqual(0, panel.GetProperty("targets").GetArrayLength());
            Assert.False(string.IsNullOrWhiteSpace(panel.GetProperty("description").GetString()));
        });
    }

    private static async Task ExpectAsync(params string[] args)
    {
        using var promtool = Start(args);
        await promtool.ExpectExitAsync(0);
    }

    private static TestProcess Start(params string[] args) => TestProcess.Start("promtool", RequiresFactAttribute.Find("promtool") ?? "promtool", args);

    [GeneratedRegex(@"alertname: (?<alert>\w+)\s*\n\s*exp_alerts:((?<quiet> \[\])|(?<fires>\s*\n\s+- exp_labels))")]
    private static partial Regex Case();
}
