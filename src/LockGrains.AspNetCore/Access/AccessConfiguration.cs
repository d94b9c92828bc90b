using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LockGrains.AspNetCore.Access;

/// <summary>
/// Reads the section <c>LockGrains:Access</c>. Not with .NET's binder: what that skips (a misspelt <c>NotAfter</c>) or guesses (a time without
/// its zone, a number for a verb) would let in whom nobody meant.
/// </summary>
internal sealed class AccessConfiguration(IConfiguration configuration) : IConfigureOptions<AccessOptions>
{
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <inheritdoc/>
    public void Configure(AccessOptions options)
    {
        var problems = options.Unreadable;
        ReadMembers(
            configuration.GetSection(AccessOptions.Section),
            problems,
            (nameof(options.Anonymous), section => ReadAnonymous(section, options)),
            (nameof(options.Keys), section =>
            {
                options.SaysKeys = true;
                ReadEach(section, problems, one => options.Keys.Add(ReadKey(one, problems)));
            }
        ));
        AddSharedKeys(problems);
    }

    private static void ReadAnonymous(IConfigurationSection section, AccessOptions options)
    {
        var text = ReadText(section, options.Unreadable);
        options.SaysAnonymous = true;
        if (text == "local")
            options.Anonymous = AnonymousAccess.Local;
        else if (text == "none")
            options.Anonymous = AnonymousAccess.None;
        else
            options.Unreadable.Add($"{section.Path} is {AccessProblems.Quote(text)}; it must be none or local.");
    }

    private static AccessKey ReadKey(IConfigurationSection section, IList<string> problems)
    {
        var key = new AccessKey { Path = section.Path };
        ReadMembers(
            section,
            problems,
            (nameof(key.Name), member => key.Name = ReadText(member, problems) ?? ""),
            (nameof(key.Sha256), member => key.Sha256 = ReadText(member, problems) ?? ""),
            (nameof(key.NotAfter), member => key.NotAfter = ReadTime(member, problems)),
            (nameof(key.Rules), member => ReadEach(member, problems, rule => key.Rules.Add(ReadRule(rule, problems)))));
        return key;
    }

    private static AccessRule ReadRule(IConfigurationSection section, IList<string> problems)
    {
        var rule = new AccessRule();
        ReadMembers(
            section,
            problems,
            (nameof(rule.Prefix), member => rule.Prefix = ReadText(member, problems)),
            (nameof(rule.Allow), member => ReadEach(member, problems, verb => rule.Allow.Add(ReadText(verb, problems)!))));
        return rule;
    }

    private static DateTimeOffset? ReadTime(IConfigurationSection section, IList<string> problems)
    {
        var text = ReadText(section, problems);

        // "Never" is said by leaving it out. K takes a time without its zone as well, which would be that of whatever machine reads it.
        var hasZone = text is not null && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal));
        if (hasZone && DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return time;
        problems.Add($"{section.Path} is {AccessProblems.Quote(text)}; it must be a time with its zone, as in 2027-01-31T00:00:00Z, or left out.");
        return null;
    }

    private static void ReadMembers(IConfigurationSection section, IList<string> problems, params (string Name, Action<IConfigurationSection> Read)[] members)
    {
        var names = string.Join(", ", members.Select(member => member.Name));
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"{section.Path} is {AccessProblems.Quote(section.Value)}; it must be an object with {names}.");
        foreach (var child in section.GetChildren())
        {
            var member = Array.Find(members, one => one.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (member.Read is { } read)
                read(child);
            else
                problems.Add($"{section.Path}:{AccessSecret.Hide(child.Key)} is unknown; {section.Path} may have {names}.");
        }
    }

    private static void ReadEach(IConfigurationSection section, IList<string> problems, Action<IConfigurationSection> read)
    {
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"{section.Path} is {AccessProblems.Quote(section.Value)}; it must be a list.");
        foreach (var child in section.GetChildren())
            read(child);
    }

    private static string? ReadText(IConfigurationSection section, IList<string> problems)
    {
        if (section.GetChildren().Any())
            problems.Add($"{section.Path} has members; it must be a text.");
        return section.Value;
    }

    // .NET puts lists of several sources into each other, entry by entry: the rules of one key would be added to another.
    private void AddSharedKeys(IList<string> problems)
    {
        var keys = $"{AccessOptions.Section}:{nameof(AccessOptions.Keys)}";
        if (configuration is not IConfigurationRoot root)
            return;
        var sources = root.Providers.Where(provider => provider.GetChildKeys([], keys).Any()).ToList();
        if (sources.Count > 1)
            problems.Add($"{keys} is in {sources.Count} places ({string.Join(", ", sources)}); all keys must be in one, or their rules would mix.");
    }
}
