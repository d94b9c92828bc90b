using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>What several locks at once promise over a real cluster, whatever storage keeps them.</summary>
public abstract class LockGroupContract(ContractFixture fixture)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string[] _keys = [.. Enumerable.Range(0, 4).Select(index => LockCluster.NewKey($"group-{index}"))];

    /// <summary>Half of them name the keys in one order, half in the other: in the callers' orders they would wait for each other.</summary>
    [ContractFact]
    public async Task AcquireAll_ManyTasksInOppositeOrders_ExcludeEachOtherAndEnd()
    {
        await using var client = fixture.NewClient();
        await using var other = fixture.NewClient();
        var held = new ConcurrentDictionary<string, string>();
        var tokens = new ConcurrentDictionary<string, long>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => WorkAsync(number)))).WaitAsync(Patience * 2, TimeProvider.System);

        Assert.Empty(held);

        async Task WorkAsync(int number)
        {
            string[] pair = [_keys[number % 4], _keys[(number + 1) % 4]];
            if (number >= 4)
                Array.Reverse(pair);
            for (var turn = 0; turn < 4; turn++)
            {
                await using var group = await (number % 2 == 0 ? client : other).AcquireAllAsync(pair, Patience);
                foreach (var key in pair)
                {
                    Assert.True(held.TryAdd(key, $"{number}"), $"{key} is held by two.");
                    Assert.True(tokens.GetValueOrDefault(key) < group.TokenOf(key), $"The token of {key} did not grow.");
                    tokens[key] = group.TokenOf(key);
                }

                await Task.Yield();
                foreach (var key in pair)
                    Assert.True(held.TryRemove(key, out _));
            }
        }
    }

    [ContractFact]
    public async Task TryAcquireAll_OneIsHeld_LeavesTheOthersFree()
    {
        await using var client = fixture.NewClient();
        await using var handle = await client.AcquireAsync(_keys[1], Patience);

        Assert.Null(await client.TryAcquireAllAsync(_keys));
        await using var rest = await client.AcquireAllAsync([_keys[0], _keys[2], _keys[3]], Patience);
        Assert.True(await rest.VerifyAsync());
    }

    /// <summary>A group that reads one key, writes another and takes permits of a third excludes by key what that kind excludes.</summary>
    [ContractFact]
    public async Task AcquireAll_OfSeveralKinds_HoldsEachAsItsTargetSays()
    {
        await using var client = fixture.NewClient();
        await using var other = fixture.NewClient();
        LockTarget[] targets =
        [
            new(_keys[0]) { Mode = LockMode.Shared },
            _keys[1],
            new(_keys[2]) { Mode = LockMode.Shared, Permits = 2, Limit = 3 },
            new(_keys[3]) { Mode = LockMode.Upgradeable },
        ];
        await using var group = await client.AcquireAllAsync(targets, Patience);
        Assert.True(await group.VerifyAsync());
        Assert.Equal(
            [(_keys[0], LockMode.Shared, 1), (_keys[1], LockMode.Exclusive, 1), (_keys[2], LockMode.Shared, 2), (_keys[3], LockMode.Upgradeable, 1)],
            group.Handles.Select(handle => (handle.Key, handle.Mode, handle.Permits)).OrderBy(held => Array.IndexOf(_keys, held.Key)));

        // All of another group fit beside it but the write; without that it is acquired.
        Assert.Null(await other.TryAcquireAllAsync([new(_keys[0]) { Mode = LockMode.Shared }, _keys[1]]));
        Assert.Null(await other.TryAcquireAllAsync([new(_keys[0]) { Mode = LockMode.Shared }, new(_keys[2]) { Mode = LockMode.Shared, Permits = 2, Limit = 3 }]));
        await using var beside = await other.AcquireAllAsync(
            [new(_keys[0]) { Mode = LockMode.Shared }, new(_keys[2]) { Mode = LockMode.Shared, Limit = 3 }, new(_keys[3]) { Mode = LockMode.Shared }], Patience);
        Assert.Equal(2, (await client.GetInfoAsync(_keys[0])).HolderCount);

        await group.ReleaseAsync();
        Assert.Equal("1 0 1 1", string.Join(" ", await Task.WhenAll(_keys.Select(async key => (await client.GetInfoAsync(key)).HolderCount))));
    }

    [ContractFact]
    public async Task AcquireAll_CancelledHalfWay_LeavesNothingBehind()
    {
        await using var client = fixture.NewClient();
        var last = _keys.Order(StringComparer.Ordinal).Last();
        await using var handle = await client.AcquireAsync(last, Patience);
        using var cancellation = new CancellationTokenSource();
        var place = new PlaceWatch();
        var waiting = client.AcquireAllAsync(_keys, Patience, new AcquireOptions { Progress = place }, cancellation.Token).AsTask();
        await place.FirstAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, (await client.GetInfoAsync(last)).QueueLength);
        await using var rest = await client.AcquireAllAsync(_keys.Where(key => key != last), Patience);
        Assert.Equal(3, rest.Keys.Count);
    }
}

[Collection(MemoryCollection.Name)]
public sealed class MemoryLockGroupTests(MemoryFixture fixture) : LockGroupContract(fixture);

[NeedsRedis]
[Collection(RedisCollection.Name)]
public sealed class RedisLockGroupTests(RedisFixture fixture) : LockGroupContract(fixture);

[Collection(FaultyCollection.Name)]
public sealed class FaultyLockGroupTests(FaultyFixture fixture) : LockGroupContract(fixture);
