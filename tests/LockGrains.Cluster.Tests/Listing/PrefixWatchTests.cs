namespace LockGrains.Cluster.Tests;

/// <summary>The locks of a prefix are watched over three silos, one of which is killed.</summary>
public sealed class PrefixWatchTests(ListFixture fixture) : IClassFixture<ListFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task WatchPrefix_SeesGrantWaiterReleaseAndGone()
    {
        var prefix = LockCluster.NewKey("watched");
        var (key, other) = ($"{prefix}/1", $"{prefix}/2");
        await fixture.TakeAsync([other]);
        await using var seen = UpdateLog.Start(fixture.Client, prefix);
        await seen.WhenAsync(other, one => one is not null, "the lock that was there");

        var first = await fixture.Client.AcquireAsync(key, Patience, new AcquireOptions { OwnerId = "first" });
        await seen.WhenAsync(key, one => one is { OwnerId: "first", QueueLength: 0 } && one.FencingToken == first.FencingToken, "the grant");
        var waiting = fixture.Client.AcquireAsync(key, Patience, new AcquireOptions { OwnerId = "second" }).AsTask();
        await seen.WhenAsync(key, one => one?.QueueLength == 1, "the waiter");
        await first.ReleaseAsync();
        var second = await waiting;
        await seen.WhenAsync(key, one => one is { OwnerId: "second", QueueLength: 0 }, "the second holder");
        await second.ReleaseAsync();
        await seen.WhenAsync(key, one => one is null, "that it is gone");
        await seen.WhenAsync(other, one => one is not null, "the other, which is still there");
    }

    [Fact]
    public async Task Silos_KilledAndStarted_ListsHaveNothingTwice_AndEndWhole()
    {
        var prefix = LockCluster.NewKey("loss");
        string[] keys = [.. Enumerable.Range(0, 300).Select(number => $"{prefix}/{number}")];
        await fixture.TakeAsync(keys);
        await using var seen = UpdateLog.Start(fixture.Client, prefix);
        var victim = fixture.Cluster.Inner.Silos[^1];
        var lost = keys.Where(key => fixture.Cluster.OwnerOf(key) == victim).ToArray();
        Assert.NotEmpty(lost);
        var changing = Task.Run(async () =>
        {
            await fixture.Cluster.Inner.KillSiloAsync(victim);
            await fixture.Cluster.Inner.StartAdditionalSiloAsync();
        });

        // Who asks for a lock that was lost brings it back.
        while (!changing.IsCompleted)
            AssertSound(await fixture.ListAsync(prefix, pageSize: 50), keys, lost);
        await changing;
        foreach (var key in lost)
            await Eventually.BecomesAsync(async () => await fixture.Client.GetInfoAsync(key), info => info is { Known: true, HolderCount: 1 }, "hold after the kill");
        var (listed, _) = await Eventually.BecomesAsync(() => fixture.ListAsync(prefix), list => list.SilosMissing.Count == 0, "list of all silos");
        Assert.Equal(keys.Order(StringComparer.Ordinal), listed);
        await seen.WhenAsync(lost[0], one => one is not null, "the lock that came back");
    }

    private static void AssertSound((List<string> Keys, IReadOnlyList<string> SilosMissing) list, string[] keys, string[] lost)
    {
        Assert.Equal(list.Keys.Distinct().Order(StringComparer.Ordinal), list.Keys);
        if (list.SilosMissing.Count == 0)
            Assert.Empty(keys.Except(lost).Except(list.Keys));
    }
}
