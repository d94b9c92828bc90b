using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace LockGrains.Storage.Tests;

/// <summary>Writes of many keys that go to Redis together. What each is answered, the kit tries; here is what they have to do with one another.</summary>
public sealed class RedisWritesTests
{
    private const string Service = "gathered";

    [RedisFact]
    public async Task Write_ManyKeysWhileOthersAreOnTheirWay_GoInFewCallsAndEachIsWritten()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await StartAsync(redis);
        var stores = hosted.Stores;
        await WriteAsync(stores, "first");
        await using var raw = await redis.ConnectAsync();
        var before = await CountAsync(raw);

        // Nothing is answered, so what comes after the first few gathers.
        redis.Pause();
        var writes = Enumerable.Range(0, 500).Select(number => WriteAsync(stores, $"key-{number}")).ToArray();
        redis.Resume();
        var written = await Task.WhenAll(writes).WithinPatienceAsync("writes");

        Assert.All(written, write => Assert.False(write.IsConflict));
        Assert.Equal(500, written.Select(write => write.ETag).Distinct().Count());
        var after = await CountAsync(raw);
        Assert.Equal(500, after.Writes - before.Writes);
        var gathered = 500 - RedisWrites.ScriptsMax;
        Assert.Equal(RedisWrites.ScriptsMax + ((gathered + RedisWrites.KeysMax - 1) / RedisWrites.KeysMax), after.Scripts - before.Scripts);
        for (var number = 0; number < 500; number++)
        {
            var stored = await stores.Open(LockSpace.Lock, $"key-{number}").LoadAsync(RecordName.Lock);
            Assert.Equal((written[number].ETag, $"key-{number}"), (stored.ETag, System.Text.Encoding.UTF8.GetString(stored.Data.Span)));
        }
    }

    [RedisFact]
    public async Task Write_OthersOfItsCallAreRefusedOrCannotBe_IsWritten()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await StartAsync(redis);
        var stores = hosted.Stores;
        await using (var raw = await redis.ConnectAsync())
            await raw.GetDatabase().StringSetAsync($"{Service}/state/lockgrains.lock/foreign/lock", "not a record");
        var taken = await WriteAsync(stores, "taken");

        redis.Pause();
        var before = Enumerable.Range(0, RedisWrites.ScriptsMax).Select(number => WriteAsync(stores, $"before-{number}")).ToArray();
        var (conflict, foreign, late, good) = (
            WriteAsync(stores, "taken"), WriteAsync(stores, "foreign"), WriteAsync(stores, "none", "0123"), WriteAsync(stores, "good"));
        redis.Resume();

        Assert.False((await good.WithinPatienceAsync("write")).IsConflict);
        Assert.All(await Task.WhenAll(before), write => Assert.False(write.IsConflict));
        Assert.True((await conflict).IsConflict);
        Assert.True((await late).IsConflict);
        Assert.StartsWith("WRONGTYPE", (await Assert.ThrowsAsync<RedisServerException>(() => foreign)).Message, StringComparison.Ordinal);
        Assert.Equal(taken.ETag, (await stores.Open(LockSpace.Lock, "taken").LoadAsync(RecordName.Lock)).ETag);
        Assert.Null((await stores.Open(LockSpace.Lock, "none").LoadAsync(RecordName.Lock)).ETag);
    }

    [RedisFact]
    public async Task Write_LargeRecords_GoInCallsOfBoundedSize()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await StartAsync(redis);
        await WriteAsync(hosted.Stores, "first");
        await using var raw = await redis.ConnectAsync();
        var before = await CountAsync(raw);

        redis.Pause();
        var writes = Enumerable.Range(0, RedisWrites.ScriptsMax + 3).Select(number => hosted.Stores.Open(LockSpace.Lock, $"large-{number}")
            .CompareAndSetAsync(RecordName.Lock, null, new byte[RedisWrites.BytesMax])).ToArray();
        redis.Resume();
        await Task.WhenAll(writes).WithinPatienceAsync("writes");

        Assert.Equal(RedisWrites.ScriptsMax + 3, (await CountAsync(raw)).Scripts - before.Scripts);
    }

    /// <summary>Keys of a cluster are on different servers, and a script with two of them is refused.</summary>
    [RedisFact]
    public async Task Write_ToARedisCluster_EachKeyGoesAlone()
    {
        await using var redis = await RedisServer.StartClusterAsync();
        await using var hosted = await StartAsync(redis);
        await WriteAsync(hosted.Stores, "first");
        await using var raw = await redis.ConnectAsync();
        var before = await CountAsync(raw);

        redis.Pause();
        var writes = Enumerable.Range(0, 50).Select(number => WriteAsync(hosted.Stores, $"key-{number}")).ToArray();
        redis.Resume();

        Assert.All(await Task.WhenAll(writes).WithinPatienceAsync("writes"), write => Assert.False(write.IsConflict));
        Assert.Equal(50, (await CountAsync(raw)).Scripts - before.Scripts);
    }

    /// <summary>What was on its way, and what waited for it: nobody knows of either whether it was applied, and the next write is not kept from Redis.</summary>
    [RedisFact]
    public async Task Write_RedisDies_AllFailAndTheNextGoThrough()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await StartAsync(redis);
        await WriteAsync(hosted.Stores, "first");

        redis.Pause();
        var writes = Enumerable.Range(0, 300).Select(number => WriteAsync(hosted.Stores, $"key-{number}")).ToArray();
        await redis.KillAsync();
        foreach (var write in writes)
            await Assert.ThrowsAnyAsync<RedisException>(() => write.WithinPatienceAsync("failure"));

        await redis.RestartAsync();
        await Eventually.BecomesAsync(() => TryAsync(hosted.Stores), isWritten => isWritten, "write after the restart");
    }

    /// <summary>Its caller is told that it was not sent, and it does not come to Redis after that.</summary>
    [RedisFact]
    public async Task Write_HasWaitedForLongerThanRedisMayTake_IsNotSent()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await StartAsync(redis);
        var (link, time) = (hosted.Services.GetRequiredKeyedService<RedisLink>(LockGrainOptions.DefaultStorageName), new ManualTimeProvider());
        var writes = new RedisWrites(link, time);
        await WriteAsync("first");

        redis.Pause();
        var sent = Enumerable.Range(0, RedisWrites.ScriptsMax).Select(number => WriteAsync($"sent-{number}")).ToArray();
        var late = WriteAsync("late");
        time.Advance(link.Timeout);
        var inTime = WriteAsync("in time");
        time.Advance(TimeSpan.FromTicks(1));
        redis.Resume();

        Assert.Contains("it was not sent to Redis", (await Assert.ThrowsAsync<TimeoutException>(() => late)).Message, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll([.. sent, inTime]).WithinPatienceAsync("writes"), write => Assert.False(write.IsConflict));
        Assert.Null((await hosted.Stores.Open(LockSpace.Lock, "late").LoadAsync(RecordName.Lock)).ETag);
        Assert.Equal(TimeSpan.FromSeconds(25), link.Timeout);

        Task<StoreWrite> WriteAsync(string key) => writes.CompareAndSetAsync(GrainId.Create("lockgrains.lock", key), RecordName.Lock, null, new byte[1]);
    }

    /// <summary>A silo with Orleans' own storage beside one that gathers: each reads what the other wrote, and is refused with an old ETag.</summary>
    [RedisFact]
    public async Task Records_OfOrleansOwnStorage_AreTheSame()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var gathered = await StartAsync(redis);
        await using var plain = await HostedStores.StartAsync(
            silo => silo.AddRedisGrainStorage(LockGrainOptions.DefaultStorageName, options =>
            {
                options.ConfigurationOptions = LockGrainsSiloBuilderExtensions.ParseRedis(redis.PatientConnectionString);
                options.GrainStorageSerializer = new StoredBytesSerializer();
                options.DeleteStateOnClear = true;
            }),
            Service);
        Assert.IsType<RedisLockStore>(gathered.Stores.Open(LockSpace.Lock, "é/🔒"));
        Assert.IsType<GrainLockStore>(plain.Stores.Open(LockSpace.Lock, "é/🔒"));
        var (ours, theirs) = (gathered.Stores.Open(LockSpace.Lock, "é/🔒"), plain.Stores.Open(LockSpace.Lock, "é/🔒"));
        string? etag = null;
        foreach (var name in new[] { RecordName.Lock, RecordName.QueueSlot(3) })
        {
            var (created, old) = (await ours.CompareAndSetAsync(name, null, new byte[] { 1, 0, 255 }), etag);
            Assert.Equal((created.ETag, 3), ((await theirs.LoadAsync(name)).ETag, (await theirs.LoadAsync(name)).Data.Length));
            var changed = await theirs.CompareAndSetAsync(name, created.ETag, new byte[] { 2 });
            Assert.True((await ours.CompareAndSetAsync(name, created.ETag, new byte[] { 3 })).IsConflict);
            var again = await ours.CompareAndSetAsync(name, changed.ETag, new byte[] { 4 });
            Assert.True((await theirs.CompareAndSetAsync(name, changed.ETag, new byte[] { 5 })).IsConflict);
            Assert.Equal(created.ETag!.Length, changed.ETag!.Length);
            Assert.False((await theirs.CompareAndDeleteAsync(name, again.ETag!)).IsConflict);
            Assert.Null((await ours.LoadAsync(name)).ETag);
            Assert.NotEqual(old, etag = again.ETag);
        }
    }

    private static Task<HostedStores> StartAsync(RedisServer redis) =>
        HostedStores.StartAsync(silo => silo.AddLockGrainsRedisStorage(redis.PatientConnectionString), Service);

    private static Task<StoreWrite> WriteAsync(ILockStoreProvider stores, string key, string? etag = null) =>
        stores.Open(LockSpace.Lock, key).CompareAndSetAsync(RecordName.Lock, etag, System.Text.Encoding.UTF8.GetBytes(key));

    private static async Task<bool> TryAsync(ILockStoreProvider stores)
    {
        try
        {
            await WriteAsync(stores, $"after-{Guid.NewGuid():N}");
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return false;
        }
    }

    /// <summary>How many scripts and how many writes Redis has run.</summary>
    private static async Task<(long Scripts, long Writes)> CountAsync(IConnectionMultiplexer raw)
    {
        var stats = ((string)(await raw.GetDatabase().ExecuteAsync("INFO", "commandstats"))!).Split("\r\n")
            .Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        return (Calls("cmdstat_evalsha") + Calls("cmdstat_eval"), Calls("cmdstat_hset"));

        long Calls(string command) => stats.TryGetValue(command, out var line)
            ? long.Parse(line.Split(',')[0]["calls=".Length..], System.Globalization.CultureInfo.InvariantCulture)
            : 0;
    }
}
