using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace LockGrains.Cluster.Tests;

/// <summary>The cluster that one body of the contracts runs on, and what is particular about its storage.</summary>
public abstract class ContractFixture : IAsyncLifetime
{
    private LockCluster? _cluster;

    public LockCluster Cluster => _cluster ?? throw new InvalidOperationException("The cluster of this body was not started.");

    /// <summary>
    /// Whether the storage is one that fails now and then, so that "unknown" is an answer to expect and a reply may be lost.
    /// </summary>
    public virtual bool LosesReplies => false;

    public virtual async Task InitializeAsync()
    {
        if (await DescribeAsync() is { } settings)
            _cluster = await LockCluster.StartAsync(settings);
    }

    public virtual async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
    }

    /// <summary>A client of the cluster that tries again soon, since a storage may fail on purpose.</summary>
    public virtual LockClient NewClient() => LockClient.Create(Cluster.Grains, ClientOptions);

    /// <summary>The settings of such a client.</summary>
    protected static LockClientOptions ClientOptions => new() { RetryDelay = TimeSpan.FromMilliseconds(1), RetryDelayMax = TimeSpan.FromMilliseconds(50) };

    /// <summary>Takes a key's records out of the storage, under the feet of whoever relies on them.</summary>
    public virtual async Task LoseRecordsAsync(string key)
    {
        var storage = Cluster.SiloServices.First().GetRequiredKeyedService<IGrainStorage>(LockGrainOptions.DefaultStorageName);
        var grainId = Cluster.GetLock(key).GetGrainId();
        foreach (var name in new[] { RecordName.Lock, RecordName.QueueSlot(0) })
        {
            var state = new GrainState<StoredBytes>(new StoredBytes());
            await storage.ReadStateAsync(name.ToString(), grainId, state);
            if (state.RecordExists)
                await storage.ClearStateAsync(name.ToString(), grainId, state);
        }
    }

    /// <summary>Says how the cluster is to be; null where this body is skipped.</summary>
    protected abstract Task<LockClusterSettings?> DescribeAsync();
}

/// <summary>Locks in the silos' memory.</summary>
public sealed class MemoryFixture : ContractFixture
{
    protected override Task<LockClusterSettings?> DescribeAsync() =>
        Task.FromResult<LockClusterSettings?>(new LockClusterSettings());
}

/// <summary>Locks in a real Redis.</summary>
public class RedisFixture : ContractFixture
{
    private RedisServer? _redis;
    private RedisRecords? _records;

    /// <summary>How many silos.</summary>
    protected virtual short Silos => 2;

    public RedisServer Redis => _redis ?? throw new InvalidOperationException("Redis was not started.");

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_records is not null)
            await _records.DisposeAsync();
        if (_redis is not null)
            await _redis.DisposeAsync();
    }

    /// <summary>The records behind the silos' backs.</summary>
    public RedisRecords Records => _records ?? throw new InvalidOperationException("Redis was not started.");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (_redis is not null)
            _records = await RedisRecords.ConnectAsync(_redis, Cluster.ServiceId);
    }

    public override Task LoseRecordsAsync(string key) => Records.DeleteAsync(key);

    protected override async Task<LockClusterSettings?> DescribeAsync()
    {
        if (RedisServer.SkipReason is not null)
            return null;
        _redis = await RedisServer.StartAsync();
        return new LockClusterSettings
        {
            Silos = Silos,
            Redis = _redis.PatientConnectionString,
            Policy = new LockPolicy { StoreTimeout = TimeSpan.FromSeconds(30) },
        };
    }
}

/// <summary>
/// Locks in a storage of which one write in four goes wrong, in each of the three ways in turn. Releases are written before
/// they are answered: unwritten ones may be undone by a failure, at the price of a lease, and these tests do not wait for
/// leases.
/// </summary>
public sealed class FaultyFixture : ContractFixture
{
    public override bool LosesReplies => true;

    protected override Task<LockClusterSettings?> DescribeAsync() => Task.FromResult<LockClusterSettings?>(new LockClusterSettings
    {
        Policy = new LockPolicy { ReleaseWriteDelay = TimeSpan.Zero },
        Probe = new StorageProbe { Routine = ChooseFault },
    });

    // A period that fits no cycle of writes: else a repeated call could meet the same fault at the same step for ever.
    private static WriteFault ChooseFault(int written) => (written % 11) switch
    {
        1 => WriteFault.FailAfter,
        5 => WriteFault.FailBefore,
        8 => WriteFault.Conflict,
        _ => WriteFault.None,
    };
}

[CollectionDefinition(Name)]
public sealed class MemoryCollection : ICollectionFixture<MemoryFixture>
{
    public const string Name = "Memory";
}

[CollectionDefinition(Name)]
public sealed class RedisCollection : ICollectionFixture<RedisFixture>
{
    public const string Name = "Redis";
}

[CollectionDefinition(Name)]
public sealed class FaultyCollection : ICollectionFixture<FaultyFixture>
{
    public const string Name = "Faulty";
}
