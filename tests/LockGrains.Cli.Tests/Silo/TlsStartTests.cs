using LockGrains.Silo;
using LockGrains.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>Settings and files of mutual TLS that cannot be used are told at the start, and change nothing later.</summary>
public sealed class TlsStartTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ClusterAuthority _authority;

    public TlsStartTests() => _authority = new ClusterAuthority(_folder);

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Open_RightFiles_AreFine()
    {
        OpenSilo(_authority.SignSilo());
        OpenClient(_authority.SignClient());
    }

    [Fact]
    public void Open_CertificateOfAnotherAuthority_IsRefused()
    {
        using var other = new ClusterAuthority(_folder, "another");

        AssertRefused("The certificate 'CN=silo' is not signed by the authority; 'CN=another' signed it.", () => OpenSilo(other.SignSilo() with { Authority = _authority.File }));
    }

    [Fact]
    public void Open_CertificateThatHasExpired_IsRefused() =>
        AssertRefused("The certificate 'CN=client' is out of its time", () => OpenClient(_authority.SignClient(days: 1)));

    [Fact]
    public void Open_SiloOfAnotherName_IsRefused() => AssertRefused(
        $"The certificate 'CN=silo' is not that of a silo: it does not have the name {ClusterAuthority.SiloName}.", () => OpenSilo(_authority.SignSilo(siloName: "other.locks.test")));

    /// <summary>Each silo is the one that connects, too.</summary>
    [Fact]
    public void Open_SiloWhoseCertificateIsForServersAlone_IsRefused() => AssertRefused(
        "The certificate 'CN=silo' is not for servers and clients (extended key usage).", () => OpenSilo(_authority.SignServer("silo", ClusterAuthority.SiloName)));

    [Fact]
    public void Open_FilesThatAreNone_AreRefused()
    {
        var certificate = _authority.SignSilo();

        AssertRefused("/nowhere.pem", () => OpenSilo(certificate with { Path = "/nowhere.pem" }));
        AssertRefused("no certificate", () => OpenSilo(certificate with { Authority = certificate.Key }));
        AssertRefused("cannot be used", () => OpenSilo(certificate with { Key = _authority.SignClient().Key }));
    }

    /// <summary>One that nobody would accept is no renewal.</summary>
    [Fact]
    public void Get_RenewedCertificate_CountsOnlyIfItKeepsTheRule()
    {
        var certificate = _authority.SignSilo();
        var files = new WatchedFiles<TlsMaterial>(
            [certificate.Path, certificate.Key, certificate.Authority], texts => TlsMaterial.Make(texts, CertificateRule.Silo(ClusterAuthority.SiloName)), _time);
        var told = new List<string>();
        files.Failed += told.Add;

        _authority.SignSilo("misnamed", "other.locks.test", file: "silo");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=silo", files.Get().Own.TargetCertificate.Subject);
        Assert.Contains("'CN=misnamed' is not that of a silo", Assert.Single(told), StringComparison.Ordinal);

        _authority.SignSilo("renewed", file: "silo");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("CN=renewed", files.Get().Own.TargetCertificate.Subject);
        Assert.Single(told);
    }

    [Fact]
    public void Problems_OfNothingSet_NameEachSetting() => Assert.Equal(
        ["Certificate", "CertificateKey", "Authority", "SiloName"],
        new LockGrainsTlsOptions().FindProblems().Select(problem => problem.Split('.', ' ')[1]));

    [Theory]
    [InlineData("LockGrains:TlsCertificate is set, and TlsCertificateKey and TlsAuthority and TlsSiloName are not; set all four, or none.", "TlsCertificate", "/c")]
    [InlineData("LockGrains:TlsCertificate and TlsCertificateKey and TlsAuthority are set, and TlsSiloName is not; set all four, or none.", "TlsCertificate", "/c", "TlsCertificateKey", "/k", "TlsAuthority", "/a")]
    [InlineData("LockGrains:TlsSiloName is '10.0.0.1'; it must be the DNS name", "TlsCertificate", "/c", "TlsCertificateKey", "/k", "TlsAuthority", "/a", "TlsSiloName", "10.0.0.1")]
    [InlineData("LockGrains:Front is true, and LocksOnly is set;", "Front", "true", "Gateway", "h:1", "LocksOnly", "true")]
    [InlineData("LockGrains:Demo is true, and TlsCertificate is set;", "Demo", "true", "TlsCertificate", "/c", "TlsCertificateKey", "/k", "TlsAuthority", "/a", "TlsSiloName", "s.test")]
    public void Read_WhatDoesNotGoTogether_IsRefusedInOneLine(string why, params string[] settings)
    {
        var exception = Assert.Throws<StartException>(() => Read(settings));

        Assert.StartsWith(why, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Read_AllFour_HasTls() =>
        Assert.True(Read("TlsCertificate", "/c", "TlsCertificateKey", "/k", "TlsAuthority", "/a", "TlsSiloName", "silo.test").HasTls);

    [Theory]
    [InlineData("Redis", "h:1", null)]
    [InlineData("Redis", "h:1,password=sesame", "Redis h:1")]
    [InlineData("Redis", "127.0.0.1:1,h:2,password=sesame", "Redis h:2")]
    [InlineData("Redis", "h:1,password=sesame,ssl=true", null)]
    [InlineData("Redis", "localhost:1,[::1]:1,password=sesame", null)]
    [InlineData("Postgres", "Host=h;Username=u", null)]
    [InlineData("Postgres", "Host=h;Password=sesame", "PostgreSQL h")]
    [InlineData("Postgres", "Host=h;Password=sesame;SSL Mode=Prefer", "PostgreSQL h")]
    [InlineData("Postgres", "Host=h;Password=sesame;SSL Mode=VerifyFull", null)]
    [InlineData("Postgres", "Host=localhost,127.0.0.1:5432,/run/postgresql;Password=sesame", null)]
    [InlineData("Postgres", "Host=localhost,h2:5432;Password=sesame", "PostgreSQL h2:5432")]
    public void PasswordExposure_OffThisMachineWithoutTls_IsFound(string store, string value, string? found)
    {
        var exposure = PasswordExposure.Find(Read(store, value));

        Assert.Equal(found, exposure is null ? null : $"{exposure.Store} {exposure.Server}");
        Assert.DoesNotContain("sesame", $"{exposure}", StringComparison.Ordinal);
    }

    private void OpenSilo(ClusterCertificate certificate) => Open(certificate, isSilo: true);

    private void OpenClient(ClusterCertificate certificate) => Open(certificate, isSilo: false);

    private void Open(ClusterCertificate certificate, bool isSilo)
    {
        var options = new LockGrainsTlsOptions { IsSilo = isSilo };
        certificate.SetOptions(options);
        using var link = new TlsLink(options, _time, NullLogger.Instance);
    }

    private static void AssertRefused(string why, Action open) =>
        Assert.Contains(why, Assert.Throws<OrleansConfigurationException>(open).Message, StringComparison.Ordinal);

    private static SiloSettings Read(params string[] settings) => SiloSettings.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Chunk(2).Select(pair => KeyValuePair.Create<string, string?>($"{SiloSettings.Section}:{pair[0]}", pair[1])))
            .Build());
}
