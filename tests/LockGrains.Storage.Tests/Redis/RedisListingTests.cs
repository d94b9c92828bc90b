using StackExchange.Redis;

namespace LockGrains.Storage.Tests;

/// <summary>Listing in a real Redis, beside keys of others; the kit tries what our own keys can be.</summary>
public sealed class RedisListingTests
{
    private static readonly string[] Keys =
        ["a", "a*", "a?b", "[a]", "a\\b", "a b ", "🔒/🔓", "a/lock", "a/lock/lock", "a/queue-0", "a/queue-0/lock", "é", "e\u0301", "-", "^"];

    [RedisFact]
    public async Task List_BesideKeysOfOthers_HasOursOnly()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ours = await StartAsync(redis, "my*service?");
        await using var theirs = await StartAsync(redis, "my-service!");
        foreach (var key in Keys)
            await ours.Stores.Open(LockSpace.Lock, key).CompareAndSetAsync(RecordName.Lock, null, new byte[1]);
        await ours.Stores.Open(LockSpace.Lock, "slot-only").CompareAndSetAsync(RecordName.QueueSlot(0), null, new byte[1]);
        await theirs.Stores.Open(LockSpace.Lock, "theirs").CompareAndSetAsync(RecordName.Lock, null, new byte[1]);
        await using (var raw = await redis.ConnectAsync())
        {
            await raw.GetDatabase().StringSetAsync((RedisKey)(byte[])[.. "my*service?/state/lockgrains.lock/"u8, 0xFF, 0xFE, .. "/lock"u8], "x");
            await raw.GetDatabase().StringSetAsync("my*service?/state/lockgrains.lock/lock", "x");
            await raw.GetDatabase().StringSetAsync("something else", "x");
        }

        Assert.True(ours.Stores.CanList);
        Assert.Equal(Keys.Order(StringComparer.Ordinal), (await ListAsync(ours, "")).Order(StringComparer.Ordinal));
        Assert.Equal(["a*"], await ListAsync(ours, "a*"));
        Assert.Equal(["[a]"], await ListAsync(ours, "["));
        Assert.Equal(["theirs"], await ListAsync(theirs, ""));
    }

    [RedisFact]
    public async Task List_WithNamesOfTheCallersOwn_IsNotOffered()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await HostedStores.StartAsync(silo => silo.AddLockGrainsRedisStorage(options =>
        {
            options.ConfigurationOptions = LockGrainsSiloBuilderExtensions.ParseRedis(redis.ConnectionString);
            options.GetStorageKey = static (name, grain) => $"mine/{grain}/{name}";
        }));

        Assert.False(hosted.Stores.CanList);
        Assert.Throws<NotSupportedException>(() => hosted.Stores.ListAsync(LockSpace.Lock));
    }

    [RedisFact]
    public async Task List_ServerGone_FailsAndIsNotShort()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hosted = await StartAsync(redis, "gone");
        await hosted.Stores.Open(LockSpace.Lock, "key").CompareAndSetAsync(RecordName.Lock, null, new byte[1]);
        await redis.KillAsync();

        // Which of its exceptions, is a matter of how far the client has got to know of it.
        var exception = await Assert.ThrowsAnyAsync<Exception>(() => ListAsync(hosted, ""));
        Assert.IsAssignableFrom<RedisException>(exception is AggregateException several ? several.Flatten().InnerExceptions[0] : exception);
    }

    [Theory]
    [InlineData("plain/key", "plain/key")]
    [InlineData("a*b?c[d]e\\f^g-h", "a\\*b\\?c\\[d\\]e\\\\f\\^g\\-h")]
    public void Escape_Text_MatchesItselfOnly(string text, string pattern) => Assert.Equal(pattern, RedisListing.Escape(text));

    private static Task<HostedStores> StartAsync(RedisServer redis, string serviceId) =>
        HostedStores.StartAsync(silo => silo.AddLockGrainsRedisStorage(redis.PatientConnectionString), serviceId);

    private static async Task<List<string>> ListAsync(HostedStores hosted, string prefix)
    {
        var keys = new List<string>();
        await foreach (var key in hosted.Stores.ListAsync(LockSpace.Lock, prefix))
            keys.Add(key);
        return keys;
    }
}
