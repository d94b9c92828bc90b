using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>All who call a leader keep its address up to date.</summary>
internal sealed class LeaderAddress(ILockClient locks)
{
    private volatile string? _address;

    public string? Current => _address;

    public async Task FollowAsync(CancellationToken stopping)
    {
        await foreach (var info in locks.WatchAsync("leader", stopping))
        {
            if (info.Known)
                _address = info.Value?.Text; // null while nobody leads
        }
    }
}

/// <summary>A dashboard of a few locks.</summary>
internal sealed class LockBoard(ILockClient locks)
{
    public ConcurrentDictionary<string, string> Lines { get; } = new();

    public Task ShowAsync(string[] keys, CancellationToken stopping) => Task.WhenAll(keys.Select(key => ShowAsync(key, stopping)));

    private async Task ShowAsync(string key, CancellationToken stopping)
    {
        await foreach (var info in locks.WatchAsync(key, stopping))
            Lines[key] = !info.Known ? "not known" : info.Holder is { } holder ? $"{holder.OwnerId}, {info.QueueLength} wait" : "free";
    }
}

/// <summary>Orleans code watches the grain itself.</summary>
internal sealed class DoorWatch(IGrainFactory grainFactory)
{
    public async Task<LockInfo> WhenFreeAsync(string key, CancellationToken stopping)
    {
        var door = grainFactory.GetLock(key);
        string? cursor = null;
        while (true)
        {
            var reply = await door.WatchAsync(new WatchRequest { Cursor = cursor }, stopping); // waits up to 60 s for a change
            if (reply.Status != WatchStatus.Current)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, stopping); // its activation has ended: ask the next one
                continue;
            }

            cursor = reply.Cursor;
            if (reply.Info!.HolderCount == 0)
                return reply.Info; // it was free a moment ago; to have it, acquire it
        }
    }
}
