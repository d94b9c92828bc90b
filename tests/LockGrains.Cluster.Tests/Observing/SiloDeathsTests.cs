using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cluster.Tests;

/// <summary>Which ends of other silos the log tells of.</summary>
public sealed class SiloDeathsTests : IDisposable
{
    private readonly LogCollector _logs = new();
    private readonly ILoggerFactory _factory;
    private readonly SiloDeaths _deaths;

    public SiloDeathsTests()
    {
        _factory = LoggerFactory.Create(logging => logging.AddProvider(_logs).SetMinimumLevel(LogLevel.Debug));
        _deaths = new SiloDeaths(null!, _factory.CreateLogger<SiloDeaths>());
    }

    public void Dispose() => _factory.Dispose();

    [Fact]
    public void Silo_ThatWasActiveAndIsDead_IsToldOnce()
    {
        Look((1, SiloStatus.Active), (2, SiloStatus.Active));
        Look((1, SiloStatus.Active), (2, SiloStatus.Dead));
        Look((1, SiloStatus.Active), (2, SiloStatus.Dead));

        var line = Assert.Single(_logs.Entries);
        Assert.Equal((LogLevel.Warning, "SiloDeclaredDead"), (line.Level, line.Event));
        Assert.Contains($"{Silo(2)}", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Silo_ThatLeavesInGoodOrder_IsNotTold()
    {
        Look((1, SiloStatus.Active), (2, SiloStatus.Active));
        Look((1, SiloStatus.Active), (2, SiloStatus.ShuttingDown));
        Look((1, SiloStatus.Active), (2, SiloStatus.Dead));

        Assert.Empty(_logs.Entries);
    }

    [Fact]
    public void Silos_ThatWereDeadBefore_AreNotTold()
    {
        Look((1, SiloStatus.Active), (2, SiloStatus.Dead));

        Assert.Empty(_logs.Entries);
    }

    private void Look(params (int Number, SiloStatus Status)[] silos) => _deaths.Look(new ClusterMembershipSnapshot(
        silos.ToImmutableDictionary(silo => Silo(silo.Number), silo => new ClusterMember(Silo(silo.Number), silo.Status, "silo")),
        new MembershipVersion(1)));

    private static SiloAddress Silo(int number) => SiloAddress.New(IPAddress.Loopback, 11110 + number, 1);
}
