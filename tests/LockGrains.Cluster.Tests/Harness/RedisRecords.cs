using StackExchange.Redis;

namespace LockGrains.Cluster.Tests;

/// <summary>The locks' records as somebody with access to Redis sees, changes and removes them.</summary>
public sealed class RedisRecords : IAsyncDisposable
{
    private readonly IConnectionMultiplexer _connection;
    private readonly string _serviceId;

    private RedisRecords(IConnectionMultiplexer connection, string serviceId) =>
        (_connection, _serviceId) = (connection, serviceId);

    public IDatabase Database => _connection.GetDatabase();

    public static async Task<RedisRecords> ConnectAsync(RedisServer redis, string serviceId) =>
        new(await redis.ConnectAsync(), serviceId);

    /// <summary>Where a record of a lock lies: a hash with the fields <c>etag</c> and <c>data</c>.</summary>
    public RedisKey KeyOf(string lockKey, string record = "lock") => $"{_serviceId}/state/lockgrains.lock/{lockKey}/{record}";

    public async Task<byte[]> ReadAsync(string lockKey, string record = "lock") =>
        (await Database.HashGetAsync(KeyOf(lockKey, record), "data"))!;

    /// <summary>Replaces a record's bytes and leaves its ETag, as damage would.</summary>
    public Task WriteAsync(string lockKey, byte[] data, string record = "lock") =>
        Database.HashSetAsync(KeyOf(lockKey, record), "data", data);

    public async Task DeleteAsync(string lockKey, string record = "lock") =>
        Assert.True(await Database.KeyDeleteAsync(KeyOf(lockKey, record)), $"There is no record '{KeyOf(lockKey, record)}'.");

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
