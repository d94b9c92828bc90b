using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Xunit;

namespace LockGrains.Docs.Tests;

/// <summary>A silo set as every one that the README shows has the settings that docs/OPERATIONS.md lists, and no others.</summary>
public sealed partial class SiloDefaultsTests
{
    private static readonly List<string[]> Rows = [.. Row()
        .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "OPERATIONS.md")))
        .Select(row => new[] { row.Groups["name"].Value, row.Groups["value"].Value, row.Groups["own"].Value })];

    [Fact]
    public void Settings_OfTheReadmesSilo_AreThoseOfTheTable()
    {
        var settings = Settings().ToDictionary(setting => setting.Name);
        Assert.True(Rows.Count > 15, "docs/OPERATIONS.md lost its table of settings.");

        Assert.All(Rows, row => Assert.Equal(
            $"{row[0]} is {row[1]}, of Orleans' own {row[2]}", $"{row[0]} is {settings[row[0]].Value}, of Orleans' own {settings[row[0]].Own}"));
    }

    [Fact]
    public void Settings_ThatDifferFromOrleans_AreInTheTable() => Assert.Empty(
        Settings().Where(setting => setting.Value != setting.Own).Select(setting => setting.Name).Except(Rows.Select(row => row[0])));

    private static List<(string Name, string Value, string Own)> Settings()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.UseLocalhostClustering().UseLockGrainsDefaults().AddLockGrains().AddLockGrainsMemoryStorage());
        using var host = builder.Build();
        return
        [
            .. Settings<ClusterMembershipOptions>(host.Services), .. Settings<GrainDirectoryOptions>(host.Services),
            .. Settings<SiloMessagingOptions>(host.Services), .. Settings<GrainCollectionOptions>(host.Services),
            .. Settings<ConnectionOptions>(host.Services),
        ];
    }

    private static IEnumerable<(string Name, string Value, string Own)> Settings<T>(IServiceProvider services)
        where T : class, new()
    {
        var options = services.GetRequiredService<IOptions<T>>().Value;
        return typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && (property.PropertyType.IsValueType || property.PropertyType == typeof(string)))
            .Select(property => ($"{typeof(T).Name}.{property.Name}", Text(property.GetValue(options)), Text(property.GetValue(new T()))));
    }

    private static string Text(object? value) => value switch
    {
        TimeSpan time when time == TimeSpan.Zero => "0",
        TimeSpan time when time < TimeSpan.FromSeconds(1) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.###} ms"),
        TimeSpan time when time < TimeSpan.FromMinutes(2) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s"),
        TimeSpan time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.###} min"),
        bool isOn => isOn ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    [GeneratedRegex(@"^\| `(?<name>\w+Options\.\w+)` \| (?<value>[^|]+) \| (?<own>[^|]+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
