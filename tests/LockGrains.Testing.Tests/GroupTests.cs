namespace LockGrains.Testing.Tests;

/// <summary>Clients that want several locks at once.</summary>
public sealed class GroupTests : IAsyncDisposable
{
    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;

    public GroupTests() => _locks = new InMemoryLocks(_clock);

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task TwoClients_OppositeOrders_BothHaveTheirTurn()
    {
        var work = Task.WhenAll(MoveAsync(["a", "b"]), MoveAsync(["b", "a"]));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        await work.InTimeAsync();

        // Others come between the two locks of each, as they would in life.
        Task MoveAsync(LockTarget[] keys) => _clock.RunAsync(async () =>
        {
            var client = _locks.CreateClient();
            for (var turn = 0; turn < 10; turn++)
            {
                await using var group = await client.AcquireAllAsync(keys, TimeSpan.FromSeconds(30));
                await Task.Delay(TimeSpan.FromSeconds(1), _clock);
                group.ThrowIfLost();
            }
        });
    }

    /// <summary>What <see cref="ILockClient.AcquireAllAsync"/> is for: each in its own order, they wait for each other until one gives up.</summary>
    [Fact]
    public async Task TwoClients_OppositeOrdersByHand_WaitForEachOther()
    {
        var both = 0;
        Task[] work = [MoveAsync("a", "b"), MoveAsync("b", "a")];
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(59));
        Assert.Equal(2, both);
        Assert.DoesNotContain(work, one => one.IsCompleted);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        await Assert.ThrowsAsync<LockTimeoutException>(() => Task.WhenAll(work).InTimeAsync());

        Task MoveAsync(string first, string second) => _clock.RunAsync(async () =>
        {
            var client = _locks.CreateClient();
            await using var one = await client.AcquireAsync(first);
            both++;
            await Task.Delay(TimeSpan.FromSeconds(1), _clock);
            await using var other = await client.AcquireAsync(second, TimeSpan.FromHours(1));
        });
    }

    [Fact]
    public async Task ManyClients_EachTwoOfFiveKeys_NoTwoHoldOneKeyAndAllAreServed()
    {
        var held = new HashSet<string>();
        var served = 0;
        var work = Task.WhenAll(Enumerable.Range(0, 20).Select(index => _clock.RunAsync(async () =>
        {
            var client = _locks.CreateClient();
            string[] keys = [$"k{index % 5}", $"k{((index * 3) + 1) % 5}"];
            if (keys[0] == keys[1])
                keys[1] = $"k{(index + 1) % 5}";
            await using var group = await client.AcquireAllAsync(keys);
            Assert.All(keys, key => Assert.True(held.Add(key), $"{key} is held twice."));
            await Task.Delay(TimeSpan.FromSeconds(1), _clock);
            Assert.All(keys, key => held.Remove(key));
            served++;
        })));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        await work.InTimeAsync();
        Assert.Equal(20, served);
    }

    [Fact]
    public async Task AThousandKeys_AreHeldTogetherAndFreeAfterwards()
    {
        LockTarget[] keys = [.. Enumerable.Range(0, 1000).Select(index => new LockTarget($"k{index}"))];
        var group = await _locks.CreateClient().AcquireAllAsync(keys).InTimeAsync();
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(2));
        group.ThrowIfLost();
        Assert.Equal(1000, group.Handles.Count);
        Assert.Null(await _locks.CreateClient().TryAcquireAllAsync(keys).InTimeAsync());

        Assert.Equal(ReleaseOutcome.Released, await group.ReleaseAsync().InTimeAsync());
        await using var next = await _locks.CreateClient().TryAcquireAllAsync(keys).InTimeAsync();
        Assert.NotNull(next);
        Assert.All(group.Keys, key => Assert.True(next.TokenOf(key) > group.TokenOf(key)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task AThousandKeys_OneCannotBeHad_NamesItAndLeavesTheOthersFree(int seconds)
    {
        LockTarget[] keys = [.. Enumerable.Range(0, 1000).Select(index => new LockTarget($"k{index}"))];
        await using var holder = await _locks.CreateClient().AcquireAsync("k500");
        var acquire = _locks.CreateClient().AcquireAllAsync(keys, TimeSpan.FromSeconds(seconds)).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(seconds + 1));

        Assert.Equal("k500", (await Assert.ThrowsAsync<LockTimeoutException>(() => acquire.InTimeAsync())).Key);
        LockTarget[] others = [.. keys.Where(target => target.Key != "k500")];
        await using var rest = await _locks.CreateClient().TryAcquireAllAsync(others).InTimeAsync();
        Assert.NotNull(rest);
        Assert.Equal(0, (await _locks.CreateClient().GetInfoAsync("k500")).QueueLength);
    }

    [Fact]
    public async Task Cancelled_HalfWay_NothingIsHeldAndNobodyWaits()
    {
        await using var holder = await _locks.CreateClient().AcquireAsync("b");
        using var giveUp = new CancellationTokenSource();
        var acquire = _locks.CreateClient().AcquireAllAsync(["a", "b", "c"], cancellationToken: giveUp.Token).AsTask();
        await _locks.WhenAsync("b", info => info.QueueLength == 1);

        await giveUp.CancelAsync();
        await _clock.AdvanceAsync(TimeSpan.Zero);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.InTimeAsync());
        Assert.Equal(0, (await _locks.CreateClient().GetInfoAsync("b")).QueueLength);
        await using var rest = await _locks.CreateClient().TryAcquireAllAsync(["a", "c"]).InTimeAsync();
        Assert.NotNull(rest);
    }

    [Fact]
    public async Task Lost_WhileALaterOneIsAwaited_IsAcquiredAgainAndTheGroupIsWhole()
    {
        var holder = await _locks.CreateClient().AcquireAsync("c");
        var acquire = _locks.CreateClient().AcquireAllAsync(["a", "b", "c"]).AsTask();
        await _locks.WhenAsync("c", info => info.QueueLength == 1);
        var first = (await _locks.CreateClient().GetInfoAsync("a")).Holder!.FencingToken;

        await _locks.LoseAsync("b");
        await _locks.WhenAsync("c", info => info.QueueLength == 1);
        Assert.False(acquire.IsCompleted);
        await holder.DisposeAsync();
        await using var group = await acquire.InTimeAsync();
        group.ThrowIfLost();
        Assert.False(group.HandleLostToken.IsCancellationRequested);
        Assert.Equal(first, group.TokenOf("a"));
        Assert.True(await group.VerifyAsync().InTimeAsync());
    }

    [Fact]
    public async Task OneIsLost_TheGroupIsTold()
    {
        await using var group = await _locks.CreateClient().AcquireAllAsync(["a", "b"]);
        await _locks.LoseAsync("b");

        Assert.True(group.HandleLostToken.IsCancellationRequested);
        Assert.Equal("b", Assert.Throws<LockLostException>(group.ThrowIfLost).Key);
    }

    [Fact]
    public async Task Reentered_LockIsFreeAfterTheLast()
    {
        var handle = await _locks.CreateClient().AcquireAsync("a");
        var other = handle.Reenter();
        await handle.DisposeAsync();
        Assert.Null(await _locks.CreateClient().TryAcquireAsync("a").InTimeAsync());

        await other.DisposeAsync();
        await using var next = await _locks.CreateClient().TryAcquireAsync("a").InTimeAsync();
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Run_WorkOfTwoClients_GoesOneAfterTheOther()
    {
        var ends = new List<string>();
        var work = Task.WhenAll(RunAsync("first"), RunAsync("second"));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(30));
        await work.InTimeAsync();

        Assert.Equal(["first begins", "first ends", "second begins", "second ends"], ends);

        Task RunAsync(string name) => _clock.RunAsync(() => _locks.CreateClient().RunAsync("a", async (_, stop) =>
        {
            ends.Add($"{name} begins");
            await Task.Delay(TimeSpan.FromSeconds(10), _clock, stop);
            ends.Add($"{name} ends");
        }));
    }
}
