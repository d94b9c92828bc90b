using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>A node that serves shards, as long as its session lives.</summary>
internal sealed class ShardNode(ILockClient locks, string name)
{
    public ConcurrentDictionary<string, long> Served { get; } = new();

    public async Task RunAsync(string[] shards, CancellationToken stopping)
    {
        await using var session = await locks.OpenSessionAsync(new LockSessionOptions { OwnerId = name }, stopping);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, session.LostToken);
        await Task.WhenAll(shards.Select(shard => ServeAsync(session, shard, end.Token)));
    }

    private async Task ServeAsync(LockSession session, string shard, CancellationToken end)
    {
        await using var handle = await session.AcquireAsync($"shards/{shard}", cancellationToken: end);
        Served[shard] = handle.FencingToken; // what the shard's store compares
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end); // the work: it stops when the session is lost
    }
}

/// <summary>Code that is called from several places, under one session.</summary>
internal sealed class Ledger(LockSession session)
{
    public async Task<long> PostAsync(string account)
    {
        await using var handle = session.TryGetHeld(account) ?? await session.AcquireAsync(account);
        return handle.FencingToken;
    }
}
