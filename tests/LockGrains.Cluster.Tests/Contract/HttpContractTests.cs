namespace LockGrains.Cluster.Tests;

/// <summary>Locks in the silos' memory, which the clients of the contracts reach over HTTP.</summary>
public sealed class HttpFixture : ContractFixture
{
    private HttpServers? _servers;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _servers = await HttpServers.StartAsync(Cluster);
    }

    public override async Task DisposeAsync()
    {
        if (_servers is not null)
            await _servers.DisposeAsync();
        await base.DisposeAsync();
    }

    public override LockClient NewClient() => _servers!.Connect(ClientOptions);

    protected override Task<LockClusterSettings?> DescribeAsync() => Task.FromResult<LockClusterSettings?>(new LockClusterSettings());
}

/// <summary>Locks in a real Redis, behind three silos, which the clients of the contracts reach over HTTP.</summary>
public sealed class HttpRedisFixture : RedisFixture
{
    private HttpServers? _servers;

    protected override short Silos => 3;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (RedisServer.SkipReason is null)
            _servers = await HttpServers.StartAsync(Cluster);
    }

    public override async Task DisposeAsync()
    {
        if (_servers is not null)
            await _servers.DisposeAsync();
        await base.DisposeAsync();
    }

    public override LockClient NewClient() => _servers!.Connect(ClientOptions);
}

[CollectionDefinition(Name)]
public sealed class HttpCollection : ICollectionFixture<HttpFixture>
{
    public const string Name = "HTTP";
}

[CollectionDefinition(Name)]
public sealed class HttpRedisCollection : ICollectionFixture<HttpRedisFixture>
{
    public const string Name = "HTTP and Redis";
}

[Collection(HttpCollection.Name)]
public sealed class HttpLockClientTests(HttpFixture fixture) : LockClientContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisLockClientTests(HttpRedisFixture fixture) : LockClientContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpKindClientTests(HttpFixture fixture) : KindClientContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisKindClientTests(HttpRedisFixture fixture) : KindClientContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpKeyValueTests(HttpFixture fixture) : KeyValueContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisKeyValueTests(HttpRedisFixture fixture) : KeyValueContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpLockGroupTests(HttpFixture fixture) : LockGroupContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisLockGroupTests(HttpRedisFixture fixture) : LockGroupContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpRunOnceTests(HttpFixture fixture) : RunOnceContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisRunOnceTests(HttpRedisFixture fixture) : RunOnceContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpSessionTests(HttpFixture fixture) : SessionContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisSessionTests(HttpRedisFixture fixture) : SessionContract(fixture);

[Collection(HttpCollection.Name)]
public sealed class HttpWatchTests(HttpFixture fixture) : WatchContract(fixture);

[NeedsRedis]
[Collection(HttpRedisCollection.Name)]
public sealed class HttpRedisWatchTests(HttpRedisFixture fixture) : WatchContract(fixture);
