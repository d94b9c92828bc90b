namespace LockGrains.Testing.Tests;

/// <summary>Locks that several hold at a time: readers, one that may become the writer, and permits.</summary>
public sealed class KindTests : IAsyncDisposable
{
    private const string Key = "orders/42";

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;

    public KindTests() => _locks = new InMemoryLocks(_clock);

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Readers_HoldTogether_AndTheWriterWaitsForAllOfThem()
    {
        var first = await _locks.CreateClient().AcquireSharedAsync(Key);
        var second = await _locks.CreateClient().AcquireSharedAsync(Key);
        var writing = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _locks.WhenAsync(Key, info => info.QueueLength == 1);
        Assert.Null(await _locks.CreateClient().TryAcquireSharedAsync(Key).InTimeAsync());
        await _clock.AdvanceAsync(TimeSpan.FromHours(1));

        first.ThrowIfLost();
        await first.DisposeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.False(writing.IsCompleted);
        await second.DisposeAsync();
        await using var writer = await writing.InTimeAsync();
        Assert.True(writer.FencingToken > second.FencingToken);
    }

    [Fact]
    public async Task Readers_BehindAWriter_ComeInTogether()
    {
        var writer = await _locks.CreateClient().AcquireAsync(Key);
        var reading = Enumerable.Range(0, 20).Select(_ => _locks.CreateClient().AcquireSharedAsync(Key).AsTask()).ToArray();
        await _locks.WhenAsync(Key, info => info.QueueLength == 20);

        await writer.DisposeAsync();
        var readers = await Task.WhenAll(reading).InTimeAsync();
        var info = await _locks.CreateClient().GetInfoAsync(Key).InTimeAsync();
        Assert.Equal((20, 20L, 0), (info.HolderCount, info.PermitsTaken, info.QueueLength));
        foreach (var reader in readers)
            await reader.DisposeAsync();
    }

    [Fact]
    public async Task Permits_AreNumbered_AndABigRequestIsServedInItsTurn()
    {
        var holders = new List<LockHandle>();
        for (var number = 0; number < 2; number++)
            holders.Add(await _locks.CreateClient().AcquirePermitsAsync(Key, permits: 1, limit: 3));
        Assert.Equal([0, 1], holders.SelectMany(holder => holder.PermitNumbers));
        var big = _locks.CreateClient().AcquirePermitsAsync(Key, permits: 3, limit: 3).AsTask();
        await _locks.WhenAsync(Key, info => info.QueueLength == 1);
        Assert.Null(await _locks.CreateClient().TryAcquirePermitsAsync(Key, permits: 1, limit: 3).InTimeAsync());

        foreach (var holder in holders)
            await holder.DisposeAsync();
        await using var all = await big.InTimeAsync();
        Assert.Equal([0, 1, 2], all.PermitNumbers.AsEnumerable());
        Assert.Equal(3, all.Permits);
    }

    [Fact]
    public async Task Upgrade_WaitsForTheReaders_GoesBeforeTheWriter_AndIsDowngradedForReadersToComeIn()
    {
        await using var holder = await _locks.CreateClient().AcquireUpgradeableAsync(Key);
        var reader = await _locks.CreateClient().AcquireSharedAsync(Key);
        var writing = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _locks.WhenAsync(Key, info => info.QueueLength == 1);
        Assert.False(await holder.TryUpgradeAsync().InTimeAsync());
        var upgrading = holder.UpgradeAsync().AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.False(upgrading.IsCompleted);

        await reader.DisposeAsync();
        await upgrading.InTimeAsync();
        Assert.Equal(LockMode.Exclusive, holder.Mode);
        Assert.True(holder.FencingToken > reader.FencingToken);
        Assert.False(writing.IsCompleted);

        await holder.DowngradeAsync().AsTask().InTimeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        holder.ThrowIfLost();
        Assert.Equal(LockMode.Shared, holder.Mode);
        Assert.False(writing.IsCompleted);
        await holder.DisposeAsync();
        await (await writing.InTimeAsync()).DisposeAsync();
    }

    [Fact]
    public async Task Upgrade_ReaderStays_EndsWithItsWaitAndTheHoldGoesOn()
    {
        await using var holder = await _locks.CreateClient().AcquireUpgradeableAsync(Key);
        await using var reader = await _locks.CreateClient().AcquireSharedAsync(Key);
        var upgrading = holder.UpgradeAsync(TimeSpan.FromSeconds(10)).AsTask();

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(9.9));
        Assert.False(upgrading.IsCompleted);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(0.2));
        await Assert.ThrowsAsync<LockTimeoutException>(() => upgrading.InTimeAsync());
        Assert.Equal(LockMode.Upgradeable, holder.Mode);
        await using var late = await _locks.CreateClient().TryAcquireSharedAsync(Key).InTimeAsync();
        Assert.NotNull(late);
    }

    [Fact]
    public async Task Group_OfSeveralKinds_HoldsEachInItsOwn()
    {
        LockTarget[] targets = [new("a") { Mode = LockMode.Shared }, new("b"), new("c") { Mode = LockMode.Shared, Permits = 2, Limit = 3 }];
        await using var group = await _locks.CreateClient().AcquireAllAsync(targets).InTimeAsync();

        await using var reader = await _locks.CreateClient().TryAcquireSharedAsync("a").InTimeAsync();
        Assert.NotNull(reader);
        Assert.Null(await _locks.CreateClient().TryAcquireSharedAsync("b").InTimeAsync());
        await using var permit = await _locks.CreateClient().TryAcquirePermitsAsync("c", permits: 1, limit: 3).InTimeAsync();
        Assert.Equal([2], permit!.PermitNumbers.AsEnumerable());
        Assert.Null(await _locks.CreateClient().TryAcquirePermitsAsync("c", permits: 1, limit: 3).InTimeAsync());
    }

    /// <summary>A reader that is cut off may be at work: the writer comes when its lease has ended, and its own token is cancelled before.</summary>
    [Fact]
    public async Task Reader_ThatIsCutOff_KeepsTheWriterOutForItsLease()
    {
        var client = _locks.CreateClient();
        await using var reader = await client.AcquireSharedAsync(Key);
        await using var other = await _locks.CreateClient().AcquireSharedAsync(Key);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(client);
        var writing = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await other.DisposeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.False(writing.IsCompleted);

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.True(reader.HandleLostToken.IsCancellationRequested);
        await using var writer = await writing.InTimeAsync();
        _locks.Reconnect(client);
    }

    [Fact]
    public async Task Lost_LockOfSeveralReaders_AllOfThemLearnOfItAtOnce()
    {
        var client = _locks.CreateClient();
        LockHandle[] handles =
        [
            await client.AcquireSharedAsync(Key),
            await _locks.CreateClient().AcquireUpgradeableAsync(Key),
            await client.AcquireSharedAsync(Key),
        ];

        await _locks.LoseAsync(Key);

        Assert.All(handles, handle => Assert.True(handle.HandleLostToken.IsCancellationRequested));
        Assert.Equal(0, (await _locks.CreateClient().GetInfoAsync(Key).InTimeAsync()).HolderCount);
    }
}
