using Microsoft.Extensions.DependencyInjection;

namespace LockGrains.Cluster.Tests;

/// <summary>The locks of three silos are listed as those of one.</summary>
public sealed class ListTests(ListFixture fixture) : IClassFixture<ListFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1000)]
    [InlineData(333)]
    public async Task List_OfThreeSilos_IsWholeInOrderAndHasEachOnce(int pageSize)
    {
        var prefix = LockCluster.NewKey("many");
        string[] keys = [.. Enumerable.Range(0, 2500).Select(number => $"{prefix}/{number}")];
        await fixture.TakeAsync(keys);

        var (listed, missing) = await fixture.ListAsync(prefix, pageSize);
        Assert.Equal(keys.Order(StringComparer.Ordinal), listed);
        Assert.Empty(missing);
        var request = new LockListRequest { Prefix = prefix };
        Assert.All(fixture.Cluster.SiloServices, silo => Assert.NotEmpty(silo.GetRequiredService<LockGrainHost>().List(request)));
        Assert.Equal(3, (await fixture.Cluster.Grains.GetLockCensus().ListAsync(request)).SiloCount);
    }

    [Fact]
    public async Task List_ShowsWhatThereIs()
    {
        var key = LockCluster.NewKey("shown");
        await using var handle = await fixture.Client.AcquireAsync(key, Patience, new AcquireOptions { OwnerId = "alice" });
        var waiter = new Attempt(fixture.Cluster.GetLock(key), "bob");
        await waiter.QueueAsync();

        var shown = Assert.Single((await fixture.Cluster.Grains.GetLockCensus().ListAsync(new LockListRequest { Prefix = key, State = LockListState.Waited })).Locks);
        Assert.Equal(
            (key, 1, "alice", handle.FencingToken, LockMode.Exclusive, 1, null, 1, false),
            (shown.Key, shown.HolderCount, shown.OwnerId, shown.FencingToken, shown.Mode, shown.PermitsTaken, shown.Limit, shown.QueueLength, shown.IsUpgrading));
        Assert.InRange(shown.ExpiresIn, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        await fixture.Cluster.GetLock(key).CancelAsync(waiter.LeaseId);
        Assert.Empty((await fixture.Cluster.Grains.GetLockCensus().ListAsync(new LockListRequest { Prefix = key, State = LockListState.Waited })).Locks);
    }

    [Fact]
    public async Task Info_SaysWhichSiloServesTheLock()
    {
        foreach (var number in Enumerable.Range(0, 20))
        {
            var key = LockCluster.NewKey($"served/{number}");
            await using var handle = await fixture.Client.AcquireAsync(key, Patience);
            var request = new LockListRequest { Prefix = key };
            var serving = Assert.Single(fixture.Cluster.SiloServices, silo => silo.GetRequiredService<LockGrainHost>().List(request).Length > 0);
            var name = serving.GetRequiredService<ILocalSiloDetails>().Name;

            Assert.Equal(name, (await fixture.Client.GetInfoAsync(key)).Silo);
            await foreach (var state in fixture.Client.WatchAsync(key))
            {
                Assert.Equal(name, state.Silo);
                break;
            }
        }
    }

    [Fact]
    public async Task List_MakesNoActivationAndNoRecord()
    {
        var prefix = LockCluster.NewKey("none");

        Assert.Empty((await fixture.ListAsync(prefix)).Keys);
        Assert.False(fixture.Cluster.Inner.TryGetGrainContext(fixture.Cluster.GetLock(prefix).GetGrainId(), out _));
    }

    [Fact]
    public async Task Prefix_Of512Bytes_FindsItsKey_AndTheEmptyOneAll()
    {
        var key = LockCluster.NewKey("long").PadRight(LockKey.MaxBytes, 'x');
        await fixture.TakeAsync([key]);

        Assert.Equal([key], (await fixture.ListAsync(key)).Keys);
        Assert.Contains(key, (await fixture.ListAsync("")).Keys);
    }

    public static TheoryData<LockListRequest, string> WrongRequests => new()
    {
        { new LockListRequest { Prefix = new string('x', 513) }, "at most 512 bytes in UTF-8; this one has 513" },
        { new LockListRequest { Prefix = "\u001b[2J" }, "U+001B at index 0" },
        { new LockListRequest { After = "a\nb" }, "U+000A at index 1" },
        { new LockListRequest { Limit = 0 }, "Limit must be 1 to 5000" },
        { new LockListRequest { SiloTimeout = TimeSpan.Zero }, "SiloTimeout must be more than 0" },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task Grain_AskedWrongly_Throws(LockListRequest request, string problem)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(async () => await fixture.Cluster.Grains.GetLockCensus().ListAsync(request));

        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silo_ThatHangs_IsNamedAndTheOthersAreListed_UntilItRepliesAgain()
    {
        var prefix = LockCluster.NewKey("hang");
        string[] keys = [.. Enumerable.Range(0, 60).Select(number => $"{prefix}/{number}")];
        await fixture.TakeAsync(keys);
        var hanging = fixture.Cluster.Inner.Silos[^1].ServiceProvider;
        var host = hanging.GetRequiredService<LockGrainHost>();
        var activation = new HangingActivation();
        var there = host.List(new LockListRequest { Prefix = prefix }).Select(one => one.Key).ToHashSet();
        host.Add(activation);

        var (listed, missing) = await fixture.ListAsync(prefix, pageSize: 10);
        activation.GoOn();
        host.Remove(activation);
        Assert.Equal(keys.Where(key => !there.Contains(key)).Order(StringComparer.Ordinal), listed);
        var address = hanging.GetRequiredService<ILocalSiloDetails>().SiloAddress.Endpoint;
        Assert.Contains($"({address})", Assert.Single(missing), StringComparison.Ordinal);
        await Eventually.BecomesAsync(() => fixture.ListAsync(prefix), list => list.Keys.Count == keys.Length && list.SilosMissing.Count == 0, "whole list");
    }

    /// <summary>Who lists it hangs: a silo whose process is starved.</summary>
    private sealed class HangingActivation : ILockActivation
    {
        private readonly TaskCompletionSource _goOn = new();

        public string Key
        {
            get
            {
                _goOn.Task.Wait(Patience);
                return "";
            }
        }

        public void GoOn() => _goOn.SetResult();

        public LockSummary? Summarize(LockListState which) => null;

        public Task StopAsync() => Task.CompletedTask;
    }
}
