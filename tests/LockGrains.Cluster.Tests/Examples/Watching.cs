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

/// <summary>An operator's program looks for what hangs.</summary>
internal sealed class LongHolds(ILockClient locks)
{
    public async Task<List<string>> FindAsync(string prefix, TimeSpan longerThan, CancellationToken stopping)
    {
        var found = new List<string>();
        await foreach (var page in locks.ListAsync(prefix, new LockListOptions { State = LockListState.Held }, stopping))
        {
            found.AddRange(page.Locks.Where(one => one.HeldFor > longerThan).Select(one => $"{one.Key} by {one.OwnerId}"));
            found.AddRange(page.Next is null ? page.SilosMissing.Select(silo => $"no reply from {silo}") : []);
        }

        return found;
    }
}

/// <summary>A dashboard of all locks that begin so.</summary>
internal sealed class PrefixBoard(ILockClient locks)
{
    public ConcurrentDictionary<string, string> Lines { get; } = new();

    public async Task ShowAsync(string prefix, CancellationToken stopping)
    {
        await foreach (var update in locks.WatchPrefixAsync(prefix, stopping))
        {
            foreach (var one in update.Changed)
                Lines[one.Key] = $"{one.OwnerId}, {one.QueueLength} wait";
            foreach (var key in update.Gone)
                Lines.TryRemove(key, out _);
        }
    }
}

/// <summary>Orleans code asks the census itself.</summary>
internal sealed class OpenOrders(IGrainFactory grainFactory)
{
    public async Task<bool> IsAnyHeldAsync(CancellationToken stopping)
    {
        var request = new LockListRequest { Prefix = "orders/", State = LockListState.Held, Limit = 1 };
        var page = await grainFactory.GetLockCensus().ListAsync(request, stopping);
        return !page.Locks.IsEmpty;
    }
}
