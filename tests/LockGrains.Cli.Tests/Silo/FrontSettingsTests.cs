using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>What the settings of a front, those of HTTPS, and those of a demo may be.</summary>
public sealed class FrontSettingsTests
{
    [Theory]
    [InlineData("Gateway", "localhost:30000,[::1]:30000")]
    [InlineData("Redis", "h:1")]
    [InlineData("Postgres", "Host=h")]
    public void Read_FrontAndOneWayToItsSilos_IsNotAlone(string way, string value)
    {
        var settings = Read("Front", "true", way, value);

        Assert.True(settings.Front);
        Assert.False(settings.IsAlone);
    }

    [Theory]
    [InlineData("LockGrains:Front is true, and nothing says where its silos are; set one of Gateway, Redis and Postgres.", "Front", "true")]
    [InlineData("LockGrains:Gateway and Redis are set together; a front finds its silos in one place. Leave one.", "Front", "true", "Gateway", "h:1", "Redis", "h:1")]
    [InlineData("LockGrains:Redis and Postgres are set together;", "Front", "true", "Redis", "h:1", "Postgres", "Host=h")]
    [InlineData("LockGrains:Front is true, and Data is set; a front keeps no locks. Leave out Front, or the other.", "Front", "true", "Gateway", "h:1", "Data", "locks.db")]
    [InlineData("LockGrains:Front is true, and DataUnsafe and Memory are set;", "Front", "true", "Redis", "h:1", "DataUnsafe", "true", "Memory", "true")]
    [InlineData("LockGrains:Gateway: 'h' is not a gateway. Write HOST:PORT[,HOST:PORT...]", "Front", "true", "Gateway", "h:1,h")]
    [InlineData("LockGrains:Gateway is 'h:1', but this is no front. Set Front, or leave it out.", "Gateway", "h:1")]
    [InlineData("LockGrains:ClusterStartTimeout is", "Front", "true", "Gateway", "h:1", "ClusterStartTimeout", "2h")]
    [InlineData("LockGrains:Access:Anonymous is 'local', but a cluster asks everybody", "Front", "true", "Gateway", "h:1", "Access:Anonymous", "local")]
    [InlineData("LockGrains:HttpCertificate is '/c.pem', and HttpCertificateKey is not set; set both, or none.", "HttpCertificate", "/c.pem")]
    [InlineData("LockGrains:HttpCertificateKey is '/k.pem', and HttpCertificate is not set; set both, or none.", "HttpCertificateKey", "/k.pem")]
    [InlineData("LockGrains:Demo is true, and Redis is set; a demo has a throw-away file and plain HTTP.", "Demo", "true", "Redis", "h:1")]
    [InlineData("LockGrains:Demo is true, and Data and Memory are set;", "Demo", "true", "Data", "locks.db", "Memory", "true")]
    [InlineData("LockGrains:Demo is true, and HttpCertificate is set;", "Demo", "true", "HttpCertificate", "/c.pem", "HttpCertificateKey", "/k.pem")]
    public void Read_WhatDoesNotGoTogether_IsRefusedInOneLine(string why, params string[] settings)
    {
        var exception = Assert.Throws<StartException>(() => Read(settings));

        Assert.Equal(StartException.BadSettings, exception.ExitCode);
        Assert.StartsWith(why, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("Redis", "h:1,password=sesame", "Gateway", "h:1")]
    [InlineData("Postgres", "Host=h;Password=sesame", "Memory", "true")]
    public void Read_WrongFront_NeverRepeatsThePassword(params string[] settings)
    {
        var exception = Assert.Throws<StartException>(() => Read(["Front", "true", .. settings]));

        Assert.DoesNotContain("sesame", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A front listens on its port of HTTP alone.</summary>
    [Fact]
    public void Read_PortOfASiloForTheHttpOfAFront_IsAllowed() =>
        Assert.Equal(11111, Read("Front", "true", "Gateway", "h:30000", "HttpPort", "11111").HttpPort);

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("https://127.0.0.1:8080", "HttpCertificate", "/c.pem", "HttpCertificateKey", "/k.pem")]
    [InlineData("http://127.0.0.1:8080", "HttpCertificate", "", "HttpCertificateKey", " ")]
    [InlineData("https://[::1]:8080", "HttpCertificate", "/c.pem", "HttpCertificateKey", "/k.pem", "HttpAddress", "::1")]
    public void HttpUrl_WithACertificate_IsHttps(string url, params string[] settings) => Assert.Equal(url, Read(settings).HttpUrl);

    private static SiloSettings Read(params string[] settings) => SiloSettings.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Chunk(2).Select(pair => KeyValuePair.Create<string, string?>($"{SiloSettings.Section}:{pair[0]}", pair[1])))
            .Build());
}
