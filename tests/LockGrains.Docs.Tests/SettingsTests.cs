using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LockGrains.AspNetCore.Access;
using LockGrains.Core;
using LockGrains.Docs.Tests.Language;
using LockGrains.Silo;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>
/// docs/SETTINGS.md lists every setting as the code has it. Its documentation comment says what it means, and then, in one sentence that begins
/// with "Default", its default and its range; those must be the ones of the property. What follows is for programmers, and not in the table.
/// </summary>
public sealed partial class SettingsTests
{
    private const string Document = "docs/SETTINGS.md";

    private static readonly object[] Types = [new SiloSettings(), new AccessOptions(), new LockPolicy(), new LockClientOptions(), new ElectedServiceOptions(), new LockGrainsHttpOptions(), new SqliteStorageOptions(), new PostgreSqlLockOptions(), new LockGrainsTlsOptions()];

    public static TheoryData<string> Names => [.. Types.Select(type => type.GetType().Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Table_InTheDocument_IsWhatTheCodeSays(string name)
    {
        string[] expected = ["| Setting | Default | Range | |", "|---|---|---|---|", .. SettingsOf(name).Select(setting => setting.Row)];
        var actual = Documents.Read(Document).Split('\n').SkipWhile(line => line != $"<!-- {name} -->").Skip(1).TakeWhile(line => line.StartsWith('|'));

        Assert.True(expected.SequenceEqual(actual), $"In {Document} there must be:\n<!-- {name} -->\n{string.Join('\n', expected)}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Comment_OfASetting_SaysItsDefaultAndRange(string name) =>
        Assert.Empty(SettingsOf(name).SelectMany(setting => setting.Problems()).Select(problem => $"{name}.{problem}"));

    [Fact]
    public void Comment_OfTheClientsLease_SaysHowLongTheFirstOneIs() => Assert.Contains(
        string.Create(CultureInfo.InvariantCulture, $"LockPolicy.FirstLease says, {new LockPolicy().FirstLease.TotalSeconds} s by default"),
        SettingsOf(nameof(LockClientOptions)).Single(setting => setting.Property.Name == nameof(LockClientOptions.Lease)).Text,
        StringComparison.Ordinal);

    [Fact]
    public void Problems_OfAWrongComment_AreAllNamed()
    {
        var setting = new Setting(typeof(LockPolicy).GetProperty(nameof(LockPolicy.PresenceWindow))!, new LockPolicy(), "How long. Default 5s; 100ms to 2m.");

        Assert.Equal(["PresenceWindow says \"Default 5s\"; it is 10s.", "PresenceWindow says \"100ms to 2m\"; it is 300ms to 5m."], setting.Problems());
        Assert.Equal("| `PresenceWindow` | 5s | 100ms to 2m | How long. |", setting.Row);
        Assert.Single(new Setting(setting.Property, new LockPolicy(), "How long.").Problems());
    }

    private static List<Setting> SettingsOf(string name)
    {
        var defaults = Types.Single(type => type.GetType().Name == name);
        var type = defaults.GetType();
        var comments = XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary"));
        return
        [
            .. from property in type.GetProperties()
               where property.CanWrite && (property.PropertyType.IsValueType || property.PropertyType == typeof(string))
               select new Setting(property, defaults, Text(comments.GetValueOrDefault($"P:{type.FullName}.{property.Name}"))),
        ];
    }

    private static string Text(XElement? summary) =>
        WhiteSpace().Replace(string.Concat(summary?.Nodes().Select(Markdown) ?? []), " ").Trim();

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('(')[0].Split('.')[^1]}`",
        XElement other => $" {other.Value} ",
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"^(?<meaning>.*\.) Default (?<default>[^;]*?)(; (?<range>.*?))?\.( |$)")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<=\d),(?=\d)")]
    private static partial Regex Thousands();

    private sealed record Setting(PropertyInfo Property, object Defaults, string Text)
    {
        private readonly Match _comment = Comment().Match(Text);

        public string Row => $"| `{Property.Name}` | {Said("default")} | {Said("range")} | {Said("meaning")} |";

        private bool IsMeasure => !(Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType).IsEnum
            && (Nullable.GetUnderlyingType(Property.PropertyType) is not null || (Property.PropertyType.IsValueType && Property.PropertyType != typeof(bool)));

        public IEnumerable<string> Problems()
        {
            if (!_comment.Success)
                return [$"{Property.Name} does not say its default: \"… Default 5s; 1s to 1m.\""];
            return new[] { ProblemOfDefault(), ProblemOfRange() }.OfType<string>();
        }

        // No value, or one of this process alone: the comment says it in words.
        private string? ProblemOfDefault() => Property.GetValue(Defaults) switch
        {
            null or "" => null,
            string owner when owner.EndsWith($"/{Environment.ProcessId}", StringComparison.Ordinal) => null,
            var value when Plain("default") == Format(value) => null,
            var value => $"{Property.Name} says \"Default {Said("default")}\"; it is {Format(value)}.",
        };

        private string? ProblemOfRange()
        {
            if (Property.GetCustomAttribute<AllowedAttribute>() is not { } allowed)
                return IsMeasure ? $"{Property.Name} has no range." : null;
            var range = $"{Bound(allowed.Min)} to {Bound(allowed.Max)}{(allowed.OrInfinite ? ", or infinite" : "")}";
            return $"{Plain("range")}, ".StartsWith($"{range}, ", StringComparison.Ordinal) ? null : $"{Property.Name} says \"{Said("range")}\"; it is {range}.";
        }

        private string Bound(string text) => Defaults.GetType().GetProperty(text, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) switch
        {
            null => text,
            { GetMethod.IsPublic: true } => $"`{text}`",
            var inner => Format(inner.GetValue(Defaults)!),
        };

        private static string Format(object value) => value switch
        {
            TimeSpan time => DurationText.Format(time),
            bool isOn => isOn ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

        private string Said(string part) => _comment.Groups[part].Value;

        private string Plain(string part) => Thousands().Replace(Said(part), "");
    }
}
