using LockGrains.Silo;
using Microsoft.Extensions.Configuration;

namespace LockGrains.Cli.Tests.Silo;

/// <summary>A silo that listens on loopback alone, beside a storage on another machine.</summary>
public sealed class StoreServersTests
{
    [Theory]
    [InlineData("h:1", "Redis", "h:1")]
    [InlineData("h2:2", "Redis", "127.0.0.1:1,h2:2")]
    [InlineData("h", "Postgres", "Host=h;Username=u")]
    [InlineData(null, "Redis", "localhost:1,[::1]:1")]
    [InlineData(null, "Postgres", "Host=/run/postgresql;Username=u")]
    [InlineData(null, "Redis", "h:1", "AdvertisedIP", "10.0.0.5")]
    [InlineData(null, "Redis", "h:1", "Front", "true")]
    [InlineData(null, "Memory", "true")]
    public void FindOfUnreachable_StorageElsewhere_IsFoundUnlessTheSiloIsReachable(string? found, params string[] settings)
    {
        var read = SiloSettings.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Chunk(2).Select(pair => KeyValuePair.Create<string, string?>($"{SiloSettings.Section}:{pair[0]}", pair[1])))
                .Build());

        Assert.Equal(found, StoreServers.FindOfUnreachable(read));
    }
}
