namespace LockGrains.Cluster.Tests;

/// <summary>What docs/VALUES.md shows does what it says.</summary>
public sealed class ValuesTests : IAsyncLifetime
{
    private LockCluster _cluster = null!;
    private LockClient _locks = null!;

    public async Task InitializeAsync()
    {
        // A lease that a busy machine does not miss, from the first on.
        var policy = new LockPolicy { FirstLease = TimeSpan.FromSeconds(30) };
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1, Policy = policy });

        // A renewal is what tells a holder that somebody waits: it comes every 5 s.
        _locks = LockClient.Create(_cluster.Grains, new LockClientOptions { Lease = TimeSpan.FromSeconds(15) });
    }

    public async Task DisposeAsync()
    {
        await _locks.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Leader_WhileItLeads_IsFoundByItsAddress()
    {
        var leadership = new Leadership(_locks);
        var (leads, ends) = (NewSignal(), NewSignal());
        Assert.Null(await leadership.FindAsync());

        var first = leadership.LeadAsync("10.0.0.7:5000", _ => Until(leads, ends));
        await leads.Task.WithinPatienceAsync("first leader");
        Assert.Equal("10.0.0.7:5000", await leadership.FindAsync());
        var (leadsNext, endsNext) = (NewSignal(), NewSignal());
        var second = leadership.LeadAsync("10.0.0.8:5000", _ => Until(leadsNext, endsNext));
        await WhenSomebodyWaitsAsync("leader");
        Assert.Equal("10.0.0.7:5000", await leadership.FindAsync());

        ends.SetResult();
        await first.WithinPatienceAsync("end of the first");
        await leadsNext.Task.WithinPatienceAsync("second leader");
        Assert.Equal("10.0.0.8:5000", await leadership.FindAsync());
        endsNext.SetResult();
        await second.WithinPatienceAsync("end of the second");
        Assert.Null(await leadership.FindAsync());
    }

    [Fact]
    public async Task Import_ThatWasBrokenOff_GoesOnWhereItWas()
    {
        var import = new Import(_locks, ["a", "b", "c"]);
        var imported = new List<string>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => import.RunAsync((page, _) =>
        {
            if (page == "c")
                throw new InvalidOperationException("Broken off.");
            imported.Add(page);
            return Task.CompletedTask;
        }));
        Assert.Equal("2", (await _locks.GetValueAsync("import")).Value!.Text);

        Assert.True(await import.RunAsync((page, _) => Add(imported, page)));
        Assert.Equal(["a", "b", "c"], imported);
        Assert.Null((await _locks.GetValueAsync("import")).Value);
    }

    [Fact]
    public async Task Import_WhileSomebodyWaits_LetsThemInAndGoesOnLater()
    {
        var import = new Import(_locks, ["a", "b", "c"]);
        var imported = new List<string>();
        Task<LockHandle>? waiting = null;
        var isDone = await import.RunAsync(async (page, handle) =>
        {
            imported.Add(page);
            waiting = _locks.AcquireAsync("import").AsTask();
            await WhenSomebodyWaitsAsync("import");
            await handle.WaitedForToken.WhenCancelledAsync("renewal that tells of who waits");
        });
        Assert.False(isDone);
        await using (await waiting!.WithinPatienceAsync("who waits"))
            Assert.Equal(["a"], imported);

        Assert.True(await import.RunAsync((page, _) => Add(imported, page)));
        Assert.Equal(["a", "b", "c"], imported);
    }

    [Fact]
    public async Task Plan_ThatAnotherHasReplaced_IsNotOverwritten()
    {
        var planner = new Planner(_locks);
        Assert.False(await planner.TryReplaceAsync(_ => throw new InvalidOperationException("There is no plan.")));
        await using (var handle = await _locks.AcquireAsync("plan"))
            await handle.SetValueAsync(LockValue.OfText("one", keepFor: TimeSpan.FromDays(30)));

        var late = await planner.TryReplaceAsync(async plan =>
        {
            Assert.True(await planner.TryReplaceAsync(other => Task.FromResult($"{other}, two")));
            return $"{plan}, three";
        });

        Assert.False(late);
        Assert.Equal("one, two", (await _locks.GetValueAsync("plan")).Value!.Text);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task Until(TaskCompletionSource begun, TaskCompletionSource end)
    {
        begun.SetResult();
        return end.Task;
    }

    private static Task Add(List<string> pages, string page)
    {
        pages.Add(page);
        return Task.CompletedTask;
    }

    private Task<LockInfo> WhenSomebodyWaitsAsync(string key) =>
        Eventually.BecomesAsync(async () => await _locks.GetInfoAsync(key), info => info.QueueLength == 1, "who waits in the queue");
}
