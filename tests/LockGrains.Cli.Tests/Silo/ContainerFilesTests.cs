using System.Text.RegularExpressions;
using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>The container files, read as text and held against the silo they configure.</summary>
public sealed partial class ContainerFilesTests
{
    private static readonly string Compose = ReadFile("docker-compose.yml");
    private static readonly string Single = ReadFile("docker-compose.single.yml");
    private static readonly string Dockerfile = ReadFile("Dockerfile");

    [Fact]
    public void Settings_OfBothFiles_AreReadWithoutAProblem()
    {
        var variables = SettingPattern().Matches(Compose + Dockerfile)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value.Trim('"'));
        Assert.True(variables.Count >= 8, string.Join(", ", variables.Keys));
        var known = typeof(SiloSettings).GetProperties().Where(property => property.CanWrite).Select(property => property.Name);
        Assert.Empty(variables.Keys.Except(known));
        var settings = SiloSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Select(pair => KeyValuePair.Create<string, string?>($"LockGrains:{pair.Key}", pair.Value)))
            .Build());
        Assert.Equal("redis:6379", settings.Redis);
        Assert.Equal(SiloSettings.Auto, settings.AdvertisedIP);
        Assert.Equal("0.0.0.0", settings.HttpAddress);
        Assert.Equal(new SiloSettings() with { Redis = settings.Redis, AdvertisedIP = SiloSettings.Auto, HttpAddress = "0.0.0.0" }, settings);
    }

    [Fact]
    public void Ports_Published_ReachGatewayAndHealthOfThreeSilos()
    {
        var defaults = new SiloSettings();
        var published = PortPattern().Matches(Compose)
            .Select(match => (Host: int.Parse(match.Groups["host"].Value), Inside: int.Parse(match.Groups["inside"].Value)))
            .ToList();
        Assert.Equal(3, published.Count(port => port.Inside == defaults.GatewayPort));
        Assert.Equal(3, published.Count(port => port.Inside == defaults.HttpPort));
        Assert.Equal(6, published.Select(port => port.Host).Distinct().Count());
        Assert.Equal(3, Regex.Count(Compose, @"(?m)^  silo-\d:$"));
        Assert.Equal(3, Regex.Count(Compose, @"(?m)^    <<: \*silo$"));
        Assert.Contains(published, port => port.Host == defaults.GatewayPort);
        Assert.Contains($"EXPOSE {defaults.SiloPort} {defaults.GatewayPort} {defaults.HttpPort}", Dockerfile, StringComparison.Ordinal);
        var advertised = Regex.Match(Compose, @"--gateway (\S+)").Groups[1].Value.Split(',').Select(gateway => int.Parse(gateway.Split(':')[1]));
        Assert.Equal(published.Where(port => port.Inside == defaults.GatewayPort).Select(port => port.Host).Order(), advertised.Order());
    }

    [Fact]
    public void Redis_Command_IsDurableAndNeverEvicts()
    {
        Assert.Contains("\"--appendonly\", \"yes\"", Compose, StringComparison.Ordinal);
        Assert.Contains("\"--maxmemory-policy\", \"noeviction\"", Compose, StringComparison.Ordinal);
        Assert.Contains("redis-data:/data", Compose, StringComparison.Ordinal);
    }

    [Fact]
    public void Single_KeepsItsLocksOnAVolume()
    {
        Assert.Contains("XDG_STATE_HOME=/data", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("RUN mkdir /data && chown $APP_UID /data", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("- silo-data:/data", Single, StringComparison.Ordinal);
        Assert.DoesNotContain("Redis__", Single, StringComparison.Ordinal);
        Assert.DoesNotContain("LockGrains__", Single, StringComparison.Ordinal);
        var expected = Compose.Split("  silo-1:")[1].Split("ports:")[1].Split("  silo-2:")[0].Trim().Split('\n').Select(line => line.Trim());
        Assert.All(expected, port => Assert.Contains(port, Single, StringComparison.Ordinal));
        Assert.Equal(
            "/data/lockgrains/lockgrains.db", DataFile.FindDefault(new SiloSettings().ServiceId, name => name == "XDG_STATE_HOME" ? "/data" : null));
    }

    [Fact]
    public void StopGracePeriod_Compose_IsLongerThanTheSilosShutdown() => Assert.All([Compose, Single], compose =>
    {
        var seconds = int.Parse(Regex.Match(compose, @"stop_grace_period: (\d+)s").Groups[1].Value);
        Assert.True(TimeSpan.FromSeconds(seconds) > SiloSetup.ShutdownTimeout, $"{seconds} s");
    });

    [Fact]
    public void Dockerfile_EntryPoint_IsTheSilosAssembly()
    {
        Assert.Contains($"ENTRYPOINT [\"dotnet\", \"{typeof(SiloSettings).Assembly.GetName().Name}.dll\"]", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("silo/LockGrains.Silo.csproj", Dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_Text_HasNoTabsAndEvenIndents() =>
        Assert.All((Compose + Single).Split('\n'), line =>
        {
            Assert.DoesNotContain('\t', line);
            Assert.Equal(0, (line.Length - line.TrimStart(' ').Length) % 2);
        });

    /// <summary>The command of the Dockerfile's HEALTHCHECK, as its JSON array.</summary>
    internal static string HealthCheckCommand => Regex.Match(Dockerfile, @"CMD (\[.*\])").Groups[1].Value;

    private static string ReadFile(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Silo", name));

    [GeneratedRegex(@"(?m)LockGrains__(?<name>\w+)(: |=)(?<value>""?[\w.:]+""?)")]
    private static partial Regex SettingPattern();

    [GeneratedRegex(@"- ""127\.0\.0\.1:(?<host>\d+):(?<inside>\d+)""")]
    private static partial Regex PortPattern();
}
