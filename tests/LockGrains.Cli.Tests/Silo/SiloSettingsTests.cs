using System.Text.Json;
using LockGrains.Cli.Connecting;
using LockGrains.Core;
using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Silo;

public sealed class SiloSettingsTests
{
    [Fact]
    public void Defaults_ClientAndSilo_MeetEachOther()
    {
        var silo = Read();
        Assert.Equal(ConnectionSettings.DefaultServer, silo.HttpUrl);
        Assert.Null(silo.Redis);
        Assert.Null(silo.Data);
        Assert.False(silo.Memory);
        Assert.Equal("127.0.0.1", silo.AdvertisedIP);
        Assert.Equal("127.0.0.1", silo.HttpAddress);
    }

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:8080")]
    [InlineData("10.1.2.3", "http://10.1.2.3:8080")]
    [InlineData("0.0.0.0", "http://10.9.9.9:8080")]
    [InlineData("::", "http://10.9.9.9:8080")]
    [InlineData("::1", "http://[::1]:8080")]
    public void FindServer_OfAnAddress_IsWhatAClientCanUse(string address, string server) =>
        Assert.Equal(server, (new SiloSettings() with { HttpAddress = address, AdvertisedIP = "10.9.9.9" }).FindServer());

    [Fact]
    public void AppSettings_Section_ShowsEveryDefaultAsItIs()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Silo", "appsettings.json")));
        var shown = file.RootElement.GetProperty(SiloSettings.Section).EnumerateObject()
            .ToDictionary(member => member.Name, member => member.Value.ToString());
        var defaults = typeof(SiloSettings).GetProperties()
            .Where(property => property.CanWrite && property.Name is not (nameof(SiloSettings.Locks) or nameof(SiloSettings.Access)))
            .ToDictionary(property => property.Name, property => Shown(property.GetValue(new SiloSettings())));
        Assert.Equal(defaults, shown);
    }

    [Theory]
    [InlineData("SiloPort", "0", "1 to 65535")]
    [InlineData("GatewayPort", "65536", "1 to 65535")]
    [InlineData("HttpPort", "-1", "1 to 65535")]
    [InlineData("SiloPort", "abc", "abc")]
    [InlineData("HttpMaxWaiting", "0", "1 to 1000000")]
    [InlineData("HttpMaxStreams", "-1", "0 to 100000")]
    [InlineData("HttpMaxPercentOfOne", "101", "1 to 100")]
    [InlineData("SiloPort", "30000", "must differ")]
    [InlineData("ClusterId", "", "1 to 128")]
    [InlineData("ServiceId", "  ", "1 to 128")]
    [InlineData("AdvertisedIP", "0.0.0.0", "IP address")]
    [InlineData("AdvertisedIP", "example.org", "IP address")]
    [InlineData("HttpAddress", "localhost", "IP address")]
    [InlineData("Redis", "host:6379,bogus=1", "HOST:PORT")]
    [InlineData("Redis", "password=x", "names no server")]
    [InlineData("Redis", "host:6379,highIntegrity=false", "second holder")]
    [InlineData("Postgres", "Password=x", "names no host")]
    [InlineData("Postgres", "postgres://h/d", "Host=HOST")]
    [InlineData("PostgresStartTimeout", "-00:00:01", "0 to")]
    [InlineData("CreateSchema", "perhaps", "perhaps")]
    [InlineData("Locks:QueueLimit", "0", "from 1 to 1000000")]
    [InlineData("Locks:ValueMaxBytes", "16385", "from 0 to 16384")]
    [InlineData("RedisStartTimeout", "-00:00:01", "0 to")]
    [InlineData("RedisStartTimeout", "soon", "'soon' is not a duration")]
    [InlineData("RedisStartTimeout", "5", "'5' has no unit")]
    [InlineData("RedisStartTimeout", "2h", "from 0 to 1h")]
    [InlineData("RedisStartTimeout", "infinite", "from 0 to 1h")]
    [InlineData("Locks:ForgetAfter", "5", "'5' has no unit")]
    [InlineData("Locks:ForgetAfter", "2m", "from 3m to 30d, or infinite")]
    public void Read_WrongValue_NamesSettingAndRange(string name, string value, string range)
    {
        var exception = Assert.Throws<StartException>(() => Read((name, value)));
        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.Contains($"LockGrains:{name}", exception.Message, StringComparison.Ordinal);
        Assert.Contains(range, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Redis and Data", "Redis", "h:1", "Data", "locks.db")]
    [InlineData("Redis and Memory", "Redis", "h:1", "Memory", "true")]
    [InlineData("Data and Memory", "Data", "locks.db", "Memory", "true")]
    [InlineData("Redis and Data and Memory", "Redis", "h:1", "Data", "locks.db", "Memory", "true")]
    [InlineData("DataUnsafe", "Memory", "true", "DataUnsafe", "true")]
    [InlineData("DataUnsafe", "Redis", "h:1", "DataUnsafe", "true")]
    [InlineData("DataUnsafe", "Postgres", "Host=h", "DataUnsafe", "true")]
    [InlineData("Redis and Postgres", "Redis", "h:1", "Postgres", "Host=h")]
    public void Read_SeveralStorages_IsRefusedInOneLine(string named, params string[] settings)
    {
        var exception = Assert.Throws<StartException>(() => Read([.. settings.Chunk(2).Select(pair => (pair[0], pair[1]))]));
        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.StartsWith($"LockGrains:{named} ", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("/state", "/users/me", "/state/lockgrains/orders.v2.db")]
    [InlineData(null, "/users/me", "/users/me/.local/state/lockgrains/orders.v2.db")]
    [InlineData("", "/users/me", "/users/me/.local/state/lockgrains/orders.v2.db")]
    [InlineData("relative", "/users/me", "/users/me/.local/state/lockgrains/orders.v2.db")]
    public void DataFile_Default_IsAmongTheUsersState(string? state, string home, string expected)
    {
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(expected, DataFile.FindDefault("orders.v2", name => name == "HOME" ? home : name == "XDG_STATE_HOME" ? state : null));
    }

    [Fact]
    public void DataFile_NoHome_IsRefused()
    {
        if (OperatingSystem.IsWindows())
            return;
        var exception = Assert.Throws<StartException>(() => DataFile.FindDefault("orders", _ => null));
        Assert.Contains("XDG_STATE_HOME", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("é")]
    public void DataFile_ServiceIdThatIsNoFileName_IsRefused(string serviceId)
    {
        var exception = Assert.Throws<StartException>(() => DataFile.FindDefault(serviceId, _ => "/users/me"));
        Assert.Contains($"'{serviceId}'", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>They would override the address on which it was decided what is open without an access key.</summary>
    [Fact]
    public void Read_EndpointsOfKestrel_AreRefused()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Kestrel:Endpoints:Http:Url", "http://0.0.0.0:8080")]).Build();

        var exception = Assert.Throws<StartException>(() => SiloSettings.Read(configuration));

        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.StartsWith("Kestrel:Endpoints is set", exception.Message, StringComparison.Ordinal);
        Assert.Contains("LockGrains:HttpAddress", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeveralWrong_TellsAllAtOnce()
    {
        var exception = Assert.Throws<StartException>(() => Read(("SiloPort", "0"), ("ClusterId", "")));
        Assert.Equal(2, exception.Message.Split('\n').Length);
    }

    [Fact]
    public void Read_BadRedisText_NeverRepeatsThePassword()
    {
        var exception = Assert.Throws<StartException>(() => Read(("Redis", "h:1,password=sesame,bogus=1")));
        Assert.DoesNotContain("sesame", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=h;Password=sesame;Multiplexing=true")]
    [InlineData("Host=h;Port=sesame")]
    [InlineData("postgres://u:sesame@h/d")]
    public void Read_BadPostgresText_NeverRepeatsThePassword(string text)
    {
        var exception = Assert.Throws<StartException>(() => Read(("Postgres", text)));
        Assert.DoesNotContain("sesame", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PostgresAndRedis_AreNotSetTogether()
    {
        var exception = Assert.Throws<StartException>(() => Read(("Postgres", "Host=h"), ("Redis", "h:1")));
        Assert.Contains("set together", exception.Message, StringComparison.Ordinal);
        Assert.Null(Read(("Postgres", " ")).Postgres);
    }

    [Theory]
    [InlineData("Sloport", "1")]
    [InlineData("Locks:QueueLmit", "1")]
    public void Read_UnknownSetting_IsRefused(string name, string value)
    {
        var exception = Assert.Throws<StartException>(() => Read((name, value)));
        Assert.Contains(name.Split(':')[^1], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LockPolicy_IsBound()
    {
        var locks = Read(("Locks:QueueLimit", "7"), ("Locks:PresenceWindow", "00:00:03")).Locks;
        Assert.Equal(new LockPolicy { QueueLimit = 7, PresenceWindow = TimeSpan.FromSeconds(3) }, locks);
    }

    [Theory]
    [InlineData("5s", 5)]
    [InlineData("0", 0)]
    [InlineData("00:00:05", 5)]
    [InlineData("2m", 120)]
    public void Read_ATime_MayBeSaidAsOnTheCommandLineOrAsDotNetDoes(string text, int seconds)
    {
        var settings = Read(("RedisStartTimeout", text), ("Locks:ForgetAfter", "infinite"), ("Locks:FirstLease", "5s"));
        Assert.Equal(TimeSpan.FromSeconds(seconds), settings.RedisStartTimeout);
        Assert.Equal(Timeout.InfiniteTimeSpan, settings.Locks.ForgetAfter);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.Locks.FirstLease);
    }

    [Fact]
    public void Read_SeveralTimesWithoutUnit_TellsAllAtOnce()
    {
        var exception = Assert.Throws<StartException>(() => Read(("RedisStartTimeout", "5"), ("Locks:PresenceWindow", "4")));
        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.Equal(2, exception.Message.Split('\n').Length);
    }

    private static string Shown(object? value) => value is TimeSpan time ? DurationText.Format(time) : value?.ToString() ?? "";

    private static SiloSettings Read(params (string Name, string Value)[] values) => SiloSettings.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create<string, string?>($"{SiloSettings.Section}:{pair.Name}", pair.Value)))
            .Build());
}
