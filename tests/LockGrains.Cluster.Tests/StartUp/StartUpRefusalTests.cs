using Microsoft.Extensions.Hosting;
using Orleans.Persistence;
using Orleans.Storage;
using StackExchange.Redis;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// A silo whose settings would break or weaken a promise does not start, and says which setting, which value, and what to do.
/// </summary>
public sealed class StartUpRefusalTests
{
    private const string SafeConnection = "localhost:6379,highIntegrity=true";

    [Fact]
    public Task Start_EntryExpiry_IsRefused() => AssertRedisIsRefusedAsync(
        options => options.EntryExpiry = TimeSpan.FromHours(1),
        "RedisStorageOptions.EntryExpiry is 01:00:00", "Leave it null");

    [Fact]
    public Task Start_ClearedRecordsThatStay_IsRefused() => AssertRedisIsRefusedAsync(
        options => options.DeleteStateOnClear = false,
        "RedisStorageOptions.DeleteStateOnClear is false", "Set it to true");

    [Fact]
    public Task Start_JsonSerializer_IsRefused() => AssertRedisIsRefusedAsync(
        options => options.GrainStorageSerializer = new JsonGrainStorageSerializer(null!),
        "RedisStorageOptions.GrainStorageSerializer is JsonGrainStorageSerializer", "Set it to a StoredBytesSerializer");

    [Fact]
    public Task Start_HighIntegrityOff_IsRefused() => AssertRedisIsRefusedAsync(
        options => options.ConfigurationOptions = ConfigurationOptions.Parse("localhost:6379"),
        "ConfigurationOptions.HighIntegrity is false", "highIntegrity=true");

    [Fact]
    public Task Start_HighIntegritySwitchedOffInTheConnectionString_IsRefused() => AssertIsRefusedAsync(
        silo => silo.AddLockGrains().AddLockGrainsRedisStorage("localhost:6379,highIntegrity=false"),
        "ConfigurationOptions.HighIntegrity is false", "highIntegrity=true");

    [Fact]
    public Task Start_NoConfigurationOptions_IsRefused() => AssertRedisIsRefusedAsync(
        options => options.ConfigurationOptions = null,
        "RedisStorageOptions.ConfigurationOptions is null", "set it");

    [Fact]
    public Task Start_SeveralProblems_NamesThemAll() => AssertIsRefusedAsync(
        silo => silo
            .AddLockGrains(options => options.Policy = new LockPolicy { QueueLimit = 0, RestartsMax = -1 })
            .AddLockGrainsRedisStorage(options =>
            {
                options.ConfigurationOptions = ConfigurationOptions.Parse(SafeConnection);
                options.DeleteStateOnClear = false;
            }),
        "QueueLimit is 0", "RestartsMax is -1", "DeleteStateOnClear is false");

    [Fact]
    public Task Start_NoStorage_IsRefused() => AssertIsRefusedAsync(
        silo => silo.AddLockGrains(),
        "no storage named 'LockGrains'", "LockGrainOptions.StorageName", "AddLockGrainsRedisStorage",
        "AddLockGrainsMemoryStorage");

    [Fact]
    public Task Start_StorageOfAnotherName_IsRefused() => AssertIsRefusedAsync(
        silo => silo.AddLockGrains(options => options.StorageName = "elsewhere").AddLockGrainsMemoryStorage(),
        "no storage named 'elsewhere'");

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public Task Start_EmptyStorageName_IsRefused(string name) => AssertIsRefusedAsync(
        silo => silo.AddLockGrains(options => options.StorageName = name).AddLockGrainsMemoryStorage(),
        "LockGrainOptions.StorageName is empty", "name a grain storage");

    [Fact]
    public Task Start_NoPolicy_IsRefused() => AssertIsRefusedAsync(
        silo => silo.AddLockGrains(options => options.Policy = null!).AddLockGrainsMemoryStorage(),
        "LockGrainOptions.Policy is null", "LockPolicy");

    public static TheoryData<string, string, LockPolicy> PoliciesOutOfRange()
    {
        var second = TimeSpan.FromSeconds(1);
        return new()
        {
            { "QueueLimit", "from 1 to 1000000", new LockPolicy { QueueLimit = 0 } },
            { "QueueLimit", "from 1 to 1000000", new LockPolicy { QueueLimit = 1_000_001 } },
            { "LeaseMin", "from 100ms to 24h", new LockPolicy { LeaseMin = TimeSpan.FromMilliseconds(99) } },
            { "LeaseMin", "from 100ms to 10s", new LockPolicy { LeaseMin = 11 * second, LeaseMax = 10 * second } },
            { "LeaseMax", "to 30d", new LockPolicy { LeaseMax = TimeSpan.FromDays(31) } },
            { "LeaseMax", "from 100ms", new LockPolicy { LeaseMax = Timeout.InfiniteTimeSpan } },
            { "OwnerIdMaxBytes", "from 0 to 1024", new LockPolicy { OwnerIdMaxBytes = 1025 } },
            { "OwnerIdMaxBytes", "from 0 to 1024", new LockPolicy { OwnerIdMaxBytes = -1 } },
            { "FirstLease", "from 1s", new LockPolicy { FirstLease = TimeSpan.FromMilliseconds(999) } },
            { "PresenceWindow", "from 300ms to 5m", new LockPolicy { PresenceWindow = TimeSpan.FromMilliseconds(299) } },
            { "PresenceWindow", "from 300ms to 5m", new LockPolicy { PresenceWindow = TimeSpan.FromMinutes(6) } },
            { "PresenceWindow", "from 300ms to 5m", new LockPolicy { PresenceWindow = Timeout.InfiniteTimeSpan } },
            { "MaxClockSkew", "from 0 to 1h", new LockPolicy { MaxClockSkew = TimeSpan.FromSeconds(-1) } },
            { "RestartsMax", "from 0 to 100", new LockPolicy { RestartsMax = 101 } },
            { "ReleaseWriteDelay", "from 0 to 1s", new LockPolicy { ReleaseWriteDelay = TimeSpan.FromSeconds(2) } },
            { "QueueWriteDelay", "from 0 to 5s", new LockPolicy { QueueWriteDelay = TimeSpan.MaxValue } },
            { "ValidationAge", "from 0 to 1m", new LockPolicy { ValidationAge = TimeSpan.MinValue } },
            { "StoreTimeout", "from 100ms to 1m", new LockPolicy { StoreTimeout = TimeSpan.FromMilliseconds(1) } },
        };
    }

    [Theory]
    [MemberData(nameof(PoliciesOutOfRange), DisableDiscoveryEnumeration = true)]
    public Task Start_PolicyOutOfRange_IsRefused(string setting, string range, LockPolicy policy)
    {
        var value = typeof(LockPolicy).GetProperty(setting)!.GetValue(policy);
        return AssertIsRefusedAsync(
            silo => silo.AddLockGrains(options => options.Policy = policy).AddLockGrainsMemoryStorage(),
            $"LockGrainOptions.Policy.{setting} is {(value is TimeSpan time ? DurationText.Format(time) : value)}; it must be", range);
    }

    [Theory]
    [InlineData("2.11.0", true)]
    [InlineData("2.13.16", true)]
    [InlineData("2.13.17", false)]
    [InlineData("2.13.17.5", false)]
    [InlineData("3.0.0", false)]
    public void RedisRules_VersionOfTheRedisClient_IsRefusedWhenItMixesUpReplies(string version, bool isRefused)
    {
        var options = new RedisStorageOptions
        {
            ConfigurationOptions = ConfigurationOptions.Parse(SafeConnection),
            GrainStorageSerializer = new StoredBytesSerializer(),
            DeleteStateOnClear = true,
        };

        var problems = RedisStorageRules.Problems(options, "LockGrains", Version.Parse(version)).ToArray();

        if (isRefused)
            Assert.StartsWith($"StackExchange.Redis is {version}; versions before 2.13.17", Assert.Single(problems));
        else
            Assert.Empty(problems);
    }

    [Fact]
    public void RedisRules_NoConfigurationOptionsBesideAnOwnMultiplexer_IsRefused()
    {
        var options = new RedisStorageOptions { GrainStorageSerializer = new StoredBytesSerializer(), DeleteStateOnClear = true };

        var problem = Assert.Single(RedisStorageRules.Problems(options, "LockGrains", new Version(2, 13, 17)));

        Assert.Contains("ConfigurationOptions is null; set it", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void RedisRules_ReferencedRedisClient_IsNewEnough() =>
        Assert.True(RedisStorageRules.ClientVersion() >= new Version(2, 13, 17));

    [Theory]
    [InlineData("")]
    [InlineData("highIntegrity=true")]
    public void RedisStorage_ConnectionStringWithoutHost_IsRefusedAtOnce(string connection) =>
        Assert.Throws<ArgumentException>("connectionString", () => LockGrainsSiloBuilderExtensions.ParseRedis(connection));

    private static Task AssertRedisIsRefusedAsync(
        Action<RedisStorageOptions> weaken, params string[] mentions) => AssertIsRefusedAsync(
        silo => silo.AddLockGrains().AddLockGrainsRedisStorage(options =>
        {
            options.ConfigurationOptions = ConfigurationOptions.Parse(SafeConnection);
            weaken(options);
        }),
        mentions);

    private static async Task AssertIsRefusedAsync(Action<ISiloBuilder> configure, params string[] mentions)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo =>
            configure(silo.UseLocalhostClustering(FreePort.Find(), FreePort.Find())));

        var exception = await Assert.ThrowsAsync<OrleansConfigurationException>(async () =>
        {
            using var host = builder.Build();
            await host.StartAsync();
        });

        Assert.All(mentions, mention => Assert.Contains(mention, exception.Message, StringComparison.Ordinal));
    }
}
