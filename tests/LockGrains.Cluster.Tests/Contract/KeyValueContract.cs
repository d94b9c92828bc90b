namespace LockGrains.Cluster.Tests;

/// <summary>What <see cref="ILockClient"/> promises of a lock's value and limit over a real cluster, whatever storage keeps them.</summary>
public abstract class KeyValueContract : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ContractFixture _fixture;
    private readonly string _key = LockCluster.NewKey("key-value");
    private LockClient _client = null!;

    protected KeyValueContract(ContractFixture fixture) => _fixture = fixture;

    public Task InitializeAsync()
    {
        _client = _fixture.NewClient();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _client.DisposeAsync();

    [ContractFact]
    public async Task Value_SetWithTheGrant_IsReadByOthersAndEndsWithTheHold()
    {
        await using var other = _fixture.NewClient();
        Assert.Null((await other.GetValueAsync(_key)).Value);
        await using (await _client.AcquireAsync(_key, Patience, new AcquireOptions { Value = LockValue.OfText("10.0.0.7:5000") }))
        {
            var value = await other.GetValueAsync(_key);
            Assert.Equal("10.0.0.7:5000", value.Value!.Text);
            Assert.Null(value.Value.KeepFor);
            Assert.Equal("10.0.0.7:5000", (await other.GetInfoAsync(_key)).Value!.Text);
        }

        Assert.Null((await other.GetValueAsync(_key)).Value);
    }

    [ContractFact]
    public async Task Value_Kept_IsHandedFromHolderToHolder()
    {
        await using (var first = await _client.AcquireAsync(_key, Patience))
            Assert.True(await first.SetValueAsync(LockValue.OfText("page 7", TimeSpan.FromDays(1))));
        await using var second = await _client.AcquireAsync(_key, Patience);
        var found = await _client.GetValueAsync(_key);
        Assert.Equal("page 7", found.Value!.Text);
        Assert.InRange(found.Value.KeepFor!.Value, TimeSpan.FromHours(23), TimeSpan.FromDays(1));

        Assert.True(await second.SetValueAsync(LockValue.OfText("page 8", TimeSpan.FromDays(1)), ifVersion: found.Version));
        Assert.False(await second.SetValueAsync(LockValue.OfText("page 9"), ifVersion: found.Version));
        Assert.True(await second.SetValueAsync(new LockValue()));
        Assert.Null((await _client.GetValueAsync(_key)).Value);
    }

    [ContractFact]
    public async Task Value_AfterTheActivationEnds_IsStillThere()
    {
        await using var handle = await _client.AcquireAsync(_key, Patience);
        await handle.SetValueAsync(LockValue.OfText("checkpoint", TimeSpan.FromDays(1)));
        await _fixture.Cluster.DeactivateAsync(_key);

        Assert.Equal("checkpoint", (await _client.GetValueAsync(_key)).Value!.Text);
        Assert.True(await handle.SetValueAsync(LockValue.OfText("next", TimeSpan.FromDays(1))));
    }

    [ContractFact]
    public async Task Limit_SetByAnOperator_BoundsThoseWhoNameNoneAndLetsMoreInWhenRaised()
    {
        var options = new AcquireOptions { Mode = LockMode.Shared, Permits = 2 };
        Assert.Equal((LimitStatus.Current, (int?)2), Told(await _client.SetLimitAsync(_key, 2)));
        await using var first = await _client.AcquireAsync(_key, Patience, options);
        Assert.Equal([0, 1], first.PermitNumbers.AsEnumerable());
        Assert.Null(await _client.TryAcquireAsync(_key, options: options));
        Assert.Equal((LimitStatus.Conflict, (int?)2), Told(await _client.SetLimitAsync(_key, 9, expected: 3)));

        var place = new PlaceWatch();
        var second = _client.AcquireAsync(_key, Patience, options with { Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());
        Assert.Equal((LimitStatus.Current, (int?)4), Told(await _client.SetLimitAsync(_key, 4, expected: 2)));
        await using var handle = await second;
        Assert.Equal([2, 3], handle.PermitNumbers.AsEnumerable());
        await Assert.ThrowsAsync<LockLimitException>(() => _client.TryAcquireAsync(_key, options: options with { Permits = 5 }).AsTask());

        Assert.Equal((LimitStatus.Current, (int?)null), Told(await _client.SetLimitAsync(_key, null)));
    }

    [ContractFact]
    public async Task Limit_Lowered_EndsTheWaitForMore()
    {
        var options = new AcquireOptions { Mode = LockMode.Shared };
        await _client.SetLimitAsync(_key, 3);
        await using var first = await _client.AcquireAsync(_key, Patience, options);
        var place = new PlaceWatch();
        var waiting = _client.AcquireAsync(_key, Patience, options with { Permits = 3, Progress = place }).AsTask();
        Assert.Equal(1, await place.FirstAsync());
        await _client.SetLimitAsync(_key, 2);

        await Assert.ThrowsAsync<LockLimitException>(() => waiting);
        await using var second = await _client.AcquireAsync(_key, Patience, options);
    }

    private static (LimitStatus Status, int? Limit) Told(LimitReply reply) => (reply.Status, reply.Limit);
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryKeyValueTests(MemoryFixture fixture) : KeyValueContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisKeyValueTests(RedisFixture fixture) : KeyValueContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyKeyValueTests(FaultyFixture fixture) : KeyValueContract(fixture);
