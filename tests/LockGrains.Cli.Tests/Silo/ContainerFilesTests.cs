using System.Text.RegularExpressions;
using LockGrains.AspNetCore.Access;
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
            .Where(match => !match.Groups["name"].Value.StartsWith("Access__", StringComparison.Ordinal))
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
        var advertised = Regex.Match(Compose, @"--server (\S+)").Groups[1].Value.Split(',').Select(server => new Uri(server).Port);
        Assert.Equal(published.Where(port => port.Inside == defaults.HttpPort).Select(port => port.Host).Order(), advertised.Order());
        Assert.Contains($"--server http://localhost:{defaults.HttpPort} ", Single, StringComparison.Ordinal);
    }

    /// <summary>A cluster, and whoever is reached from outside its container, serves no locks to anybody without an access key.</summary>
    [Fact]
    public void AccessKey_OfBothFiles_IsOneThatASiloAccepts() => Assert.All([Compose, Single], compose =>
    {
        var hash = AccessSecret.Hash(AccessSecret.Create());
        var variables = AccessPattern().Matches(compose)
            .Select(match => KeyValuePair.Create<string, string?>($"LockGrains:{match.Groups["name"].Value.Replace("__", ":")}", match.Groups["value"].Value))
            .Select(pair => pair.Value!.StartsWith("${LOCKGRAINS_KEY_SHA256:?", StringComparison.Ordinal) ? KeyValuePair.Create(pair.Key, (string?)hash) : pair)
            .Append(KeyValuePair.Create("LockGrains:HttpAddress", (string?)"0.0.0.0"));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
        var access = SiloAccess.Read(configuration);
        Assert.Equal(hash, Assert.Single(access.Keys).Sha256);
        Assert.Equal(["acquire", "read", "revoke"], Assert.Single(access.Keys[0].Rules).Allow);
        Assert.True(AccessExposure.Decide(SiloSettings.Read(configuration), access, isInContainer: true).ServesApi);
    });

    /// <summary>The lines at the head of the files make a key, and find its hash in what was printed.</summary>
    [RequiresFact("bash", "sed", "head")]
    public async Task AccessKey_LinesAtTheHead_FindSecretAndHash()
    {
        foreach (var compose in new[] { Compose, Single })
        {
            var lines = compose.Split('\n').Where(line => line.StartsWith("#   ", StringComparison.Ordinal)).Take(2).Select(line => line[4..]);
            using var folder = new TempFolder();
            using var shell = TestProcess.Start(
                "bash", "bash", ["-ec", $"lockgrains() {{ dotnet '{EndToEnd.Programs.Cli}' \"$@\"; }}; cd '{folder.Path}'; {string.Join("; ", lines)}; echo $LOCKGRAINS_TOKEN $LOCKGRAINS_KEY_SHA256"]);
            await shell.ExpectExitAsync(0);
            var words = Assert.Single(shell.Out).Split(' ');
            Assert.Equal(AccessSecret.Hash(words[0]), words[1]);
        }
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
        Assert.DoesNotMatch("LockGrains__(?!Access)", Single);
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

    [GeneratedRegex(@"(?m)^ +LockGrains__(?<name>Access__\w+): ""?(?<value>[^""\n]*)""?$")]
    private static partial Regex AccessPattern();

    [GeneratedRegex(@"- ""127\.0\.0\.1:(?<host>\d+):(?<inside>\d+)""")]
    private static partial Regex PortPattern();
}
