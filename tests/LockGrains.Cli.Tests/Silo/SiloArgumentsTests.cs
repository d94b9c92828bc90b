using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Silo;

public sealed class SiloArgumentsTests
{
    [Fact]
    public void AddTo_ShortAndFullNames_SetTheSettings()
    {
        var settings = Read(
            "--redis", "h:6379", "--silo-port=11112", "--gateway-port", "30001", "--http-port", "8081", "--cluster-id", "c",
            "--service-id", "s", "--advertised-ip", "10.0.0.1", "--LockGrains:HttpAddress", "0.0.0.0", "--redis-start-timeout",
            "2s", "--LockGrains:Locks:QueueLimit", "9");
        Assert.Equal(
            new SiloSettings
            {
                Redis = "h:6379",
                SiloPort = 11112,
                GatewayPort = 30001,
                HttpPort = 8081,
                ClusterId = "c",
                ServiceId = "s",
                AdvertisedIP = "10.0.0.1",
                HttpAddress = "0.0.0.0",
                RedisStartTimeout = TimeSpan.FromSeconds(2),
                Locks = new LockGrains.Core.LockPolicy { QueueLimit = 9 },
            },
            settings);
    }

    [Theory]
    [InlineData(true, "--memory")]
    [InlineData(true, "--memory", "--silo-port", "11112")]
    [InlineData(true, "--memory=true")]
    [InlineData(false, "--memory=false")]
    public void AddTo_Switch_NeedsNoValue(bool isSet, params string[] args) => Assert.Equal(isSet, Read(args).Memory);

    [Fact]
    public void AddTo_Front_IsASwitchAndHasItsOwnArguments()
    {
        var settings = Read("--front", "--gateway", "h:1", "--cluster-start-timeout", "2s", "--http-certificate", "/c.pem", "--http-certificate-key", "/k.pem");
        Assert.Equal((true, "h:1", TimeSpan.FromSeconds(2)), (settings.Front, settings.Gateway, settings.ClusterStartTimeout));
        Assert.Equal(("/c.pem", "/k.pem"), (settings.HttpCertificate, settings.HttpCertificateKey));
    }

    [Fact]
    public void AddTo_Data_IsThePathOfTheFile()
    {
        var settings = Read("--data", "/var/lib/my locks.db", "--data-unsafe");
        Assert.Equal(("/var/lib/my locks.db", true), (settings.Data, settings.DataUnsafe));
        Assert.Equal("/var/lib/my locks.db", settings.FindDataFile());
    }

    [Theory]
    [InlineData("--gatway-port", "30001")]
    [InlineData("30001")]
    [InlineData("--redis")]
    [InlineData("--create-schema")]
    public void AddTo_UnknownOrWithoutValue_IsRefused(params string[] args)
    {
        var exception = Assert.Throws<StartException>(() => Read(args));
        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.Contains(args[0], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_Text_NamesEveryArgumentAndEverySettingHasOne()
    {
        Assert.All(SiloArguments.Names.Keys, name => Assert.Contains($"  {name} ", SiloArguments.Help, StringComparison.Ordinal));
        var settings = typeof(SiloSettings).GetProperties()
            .Where(property => property.CanWrite && property.Name is not (nameof(SiloSettings.Locks) or nameof(SiloSettings.Access)))
            .Select(property => $"LockGrains:{property.Name}");
        Assert.Equal(settings.Order(), SiloArguments.Names.Values.Order());
    }

    [Fact]
    public void Names_OfSettings_AreTheirsInLowerCase()
    {
        Assert.Equal("LockGrains:AdvertisedIP", SiloArguments.Names["--advertised-ip"]);
        Assert.Equal("LockGrains:RedisStartTimeout", SiloArguments.Names["--redis-start-timeout"]);
    }

    /// <summary>It was five days.</summary>
    [Fact]
    public void AddTo_TimeWithoutUnit_IsRefusedByName()
    {
        var exception = Assert.Throws<StartException>(() => Read("--redis-start-timeout", "5"));
        Assert.Equal("LockGrains:RedisStartTimeout: '5' has no unit. Write 5s for seconds, or 5m for minutes.", exception.Message);
    }

    private static SiloSettings Read(params string[] args)
    {
        var builder = new ConfigurationBuilder();
        SiloArguments.AddTo(builder, args);
        return SiloSettings.Read(builder.Build());
    }
}
