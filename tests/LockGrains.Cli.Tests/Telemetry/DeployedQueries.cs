using System.Text.Json;
using YamlDotNet.Serialization;

namespace LockGrains.Cli.Tests.Telemetry;

/// <summary>The dashboard and the alerts that are deployed with the silo.</summary>
internal static class DeployedQueries
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy");

    public static string Dashboard { get; } = Path.Combine(Folder, "grafana", "lockgrains.json");

    public static string Alerts { get; } = Path.Combine(Folder, "prometheus", "alerts.yml");

    public static string AlertTests { get; } = Path.Combine(Folder, "prometheus", "alerts.test.yml");

    /// <summary>What panels and variables of the dashboard ask, with a time in the place of Grafana's own variables.</summary>
    public static IEnumerable<(string Where, string Expression)> OfDashboard()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Dashboard));
        foreach (var panel in Panels(document.RootElement.Clone()))
        {
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
                yield return (panel.GetProperty("title").GetString()!, Plain(target.GetProperty("expr").GetString()!));
        }
    }

    /// <summary>What panels there are, without the rows that they stand in.</summary>
    public static IEnumerable<JsonElement> Panels(JsonElement dashboard) =>
        dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row");

    public static IEnumerable<(string Where, string Expression)> OfAlerts() => ReadRules().Select(rule => (rule.Alert, rule.Expr));

    /// <summary>The alerts, read strictly: what is not a member of a rule is an error.</summary>
    public static IReadOnlyList<AlertRule> ReadRules() =>
        [.. new DeserializerBuilder().WithDuplicateKeyChecking().Build().Deserialize<RuleFile>(File.ReadAllText(Alerts)).Groups.SelectMany(group => group.Rules)];

    private static string Plain(string expression) => expression
        .Replace("$__rate_interval", "5m", StringComparison.Ordinal)
        .Replace("$instance", ".*", StringComparison.Ordinal);
}

internal sealed class RuleFile
{
    [YamlMember(Alias = "groups")]
    public List<RuleGroup> Groups { get; set; } = [];
}

internal sealed class RuleGroup
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = "";

    [YamlMember(Alias = "rules")]
    public List<AlertRule> Rules { get; set; } = [];
}

internal sealed class AlertRule
{
    [YamlMember(Alias = "alert")]
    public string Alert { get; set; } = "";

    [YamlMember(Alias = "expr")]
    public string Expr { get; set; } = "";

    [YamlMember(Alias = "for")]
    public string For { get; set; } = "";

    [YamlMember(Alias = "labels")]
    public Dictionary<string, string> Labels { get; set; } = [];

    [YamlMember(Alias = "annotations")]
    public Dictionary<string, string> Annotations { get; set; } = [];
}
