namespace LockGrains.Testing.Tests;

/// <summary>A session that asks for what it holds itself, and would wait for itself.</summary>
public sealed class DeadlockTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly AcquireOptions Shared = new() { Mode = LockMode.Shared };
    private static readonly AcquireOptions Upgradeable = new() { Mode = LockMode.Upgradeable };

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;
    private LockSession _session = null!;

    public DeadlockTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
    }

    public async Task InitializeAsync() => _session = await _client.OpenSessionAsync().InTimeAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().AsTask().InTimeAsync();
        await _locks.DisposeAsync();
    }

    [Theory]
    [InlineData(LockMode.Exclusive, LockMode.Exclusive, "TryGetHeld")]
    [InlineData(LockMode.Exclusive, LockMode.Shared, "TryGetHeld")]
    [InlineData(LockMode.Exclusive, LockMode.Upgradeable, "Reenter")]
    [InlineData(LockMode.Upgradeable, LockMode.Upgradeable, "TryGetHeld")]
    [InlineData(LockMode.Upgradeable, LockMode.Exclusive, "UpgradeAsync")]
    [InlineData(LockMode.Shared, LockMode.Exclusive, "Release that hold first")]
    public async Task Acquire_OfWhatTheSessionHolds_ThrowsAtOnceAndNamesTheWayOut(LockMode held, LockMode wanted, string wayOut)
    {
        var handle = await AcquireAsync("key", new AcquireOptions { Mode = held });
        var again = new AcquireOptions { Mode = wanted };

        // By the call itself: nothing is awaited.
        var problem = Assert.Throws<LockDeadlockException>(() => { _ = _session.AcquireAsync("key", options: again).AsTask(); });
        Assert.Equal(("key", _session.Id, held, wanted), (problem.Key, problem.SessionId, problem.Held, problem.Wanted));
        Assert.Contains(wayOut, problem.Message, StringComparison.Ordinal);
        Assert.Throws<LockDeadlockException>(() => { _ = _session.TryAcquireAsync("key", TimeSpan.FromSeconds(1), again).AsTask(); });
        Assert.Equal(0, (await _client.GetInfoAsync("key").InTimeAsync()).QueueLength);
        handle.ThrowIfLost();
    }

    [Theory]
    [InlineData(LockMode.Shared, LockMode.Shared)]
    [InlineData(LockMode.Shared, LockMode.Upgradeable)]
    [InlineData(LockMode.Upgradeable, LockMode.Shared)]
    public async Task Acquire_OfWhatFitsBesideTheSessionsHold_IsGranted(LockMode held, LockMode wanted)
    {
        var first = await AcquireAsync("key", new AcquireOptions { Mode = held });
        var second = await AcquireAsync("key", new AcquireOptions { Mode = wanted });

        Assert.NotEqual(first.FencingToken, second.FencingToken);
    }

    [Fact]
    public async Task Acquire_OfPermits_IsGrantedWhileTheSessionsOwnAreWithinTheLimit()
    {
        await AcquireAsync("pool", Shared with { Permits = 2, Limit = 3 });
        await AcquireAsync("pool", Shared with { Limit = 3 });

        var problem = Assert.Throws<LockDeadlockException>(() => { _ = _session.AcquireAsync("pool", options: Shared with { Limit = 3 }).AsTask(); });
        Assert.Contains("limit", problem.Message, StringComparison.Ordinal);
    }

    /// <summary>Those permits come to an end: only what the session has itself keeps it waiting for ever.</summary>
    [Fact]
    public async Task Acquire_OfPermitsThatOthersHave_Waits()
    {
        await using var other = await _locks.CreateClient().AcquireAsync("pool", options: Shared with { Permits = 2, Limit = 3 }).InTimeAsync();
        await AcquireAsync("pool", Shared with { Limit = 3 });
        var waiting = _session.AcquireAsync("pool", options: Shared with { Limit = 3 }).AsTask();
        await _locks.WhenAsync("pool", info => info.QueueLength == 1).InTimeAsync();

        await other.ReleaseAsync().InTimeAsync();
        await waiting.InTimeAsync();
    }

    [Fact]
    public async Task Try_OfWhatTheSessionHolds_IsToldThatItIsHeld()
    {
        await AcquireAsync("key");

        Assert.Null(await _session.TryAcquireAsync("key").InTimeAsync());
        Assert.Null(await _session.TryAcquireAllAsync(["other", "key"]).InTimeAsync());
    }

    [Fact]
    public async Task AcquireAll_OfAKeyThatTheSessionHolds_NamesItAndTakesNone()
    {
        var held = await AcquireAsync("b");

        var problem = Assert.Throws<LockDeadlockException>(() => { _ = _session.AcquireAllAsync(["c", "b", "a"]).AsTask(); });
        Assert.Equal("b", problem.Key);
        Assert.Throws<LockDeadlockException>(() => { _ = _session.TryAcquireAllAsync(["a", "b"], TimeSpan.FromSeconds(1)).AsTask(); });
        Assert.Equal(0, (await _client.GetInfoAsync("a").InTimeAsync()).HolderCount);

        await held.ReleaseAsync().InTimeAsync();
        await using var group = await _session.AcquireAllAsync(["c", "b", new LockTarget("a") { Mode = LockMode.Shared }]).InTimeAsync();
        Assert.Equal(["a", "b", "c"], group.Keys);
        Assert.All(group.Handles, handle => Assert.Equal(_session.OwnerId, handle.OwnerId));
        Assert.Equal(_session.Id, (await _client.GetInfoAsync("c").InTimeAsync()).Holder!.SessionId);
    }

    [Fact]
    public async Task AcquireAll_UnderASessionThatIsLostMeanwhile_LeavesNothingBehind()
    {
        await using var other = await _locks.CreateClient().AcquireAsync("b").InTimeAsync();
        var waiting = _session.AcquireAllAsync(["a", "b"]).AsTask();
        await _locks.WhenAsync("b", info => info.QueueLength == 1).InTimeAsync();
        await _client.RevokeSessionAsync(_session.Id).InTimeAsync();

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(15));
        await Assert.ThrowsAsync<LockSessionLostException>(() => waiting.InTimeAsync());
        await _locks.WhenAsync("a", info => info.HolderCount == 0).InTimeAsync();
        await _locks.WhenAsync("b", info => info.QueueLength == 0).InTimeAsync();
        Assert.Throws<LockSessionLostException>(() => { _ = _session.AcquireAllAsync(["a"]).AsTask(); });
    }

    [Fact]
    public async Task Upgrade_BesideAnotherHoldOfTheSession_ThrowsAtOnce_AndWithoutItSucceeds()
    {
        var pen = await AcquireAsync("key", Upgradeable);
        var reader = await AcquireAsync("key", Shared);

        var problem = await Assert.ThrowsAsync<LockDeadlockException>(() => pen.UpgradeAsync().AsTask());
        Assert.Equal((LockMode.Shared, LockMode.Exclusive), (problem.Held, problem.Wanted));
        Assert.False(await pen.TryUpgradeAsync().AsTask().InTimeAsync());

        await reader.ReleaseAsync().InTimeAsync();
        await pen.UpgradeAsync().AsTask().InTimeAsync();
        Assert.Equal(LockMode.Exclusive, pen.Mode);
    }

    /// <summary>A second handle is no second hold, and the wait for others goes on as ever.</summary>
    [Fact]
    public async Task Upgrade_BesideAnotherHandleOfTheSameHold_IsGranted()
    {
        var pen = await AcquireAsync("key", Upgradeable);
        await using var second = _session.TryGetHeld("key");

        await pen.UpgradeAsync().AsTask().InTimeAsync();
        Assert.Equal(LockMode.Exclusive, second!.Mode);
    }

    [Fact]
    public async Task Acquire_OfWhatWasReleased_IsGranted()
    {
        var first = await AcquireAsync("key");
        var second = first.Reenter();
        first.Dispose();
        Assert.Throws<LockDeadlockException>(() => { _ = _session.AcquireAsync("key").AsTask(); });

        second.Dispose();
        await AcquireAsync("key");
    }

    /// <summary>It is released, and held for a minute in the background: that ends by itself.</summary>
    [Fact]
    public async Task Acquire_OfWhatIsKeptForAWhile_WaitsForThat()
    {
        var kept = await AcquireAsync("key", new AcquireOptions { HoldFor = TimeSpan.FromMinutes(1) });
        Assert.Equal(ReleaseOutcome.Kept, await kept.ReleaseAsync().InTimeAsync());
        var waiting = _session.AcquireAsync("key").AsTask();
        await _locks.WhenAsync("key", info => info.QueueLength == 1).InTimeAsync();

        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        await waiting.InTimeAsync();
    }

    /// <summary>The other owner may be in the same program: it lets go while this one waits.</summary>
    [Fact]
    public async Task Acquire_OfWhatAnotherSessionOrTheClientHolds_Waits()
    {
        await using var second = await _client.OpenSessionAsync().InTimeAsync();
        var byAnother = await second.AcquireAsync("a").InTimeAsync();
        var byClient = await _client.AcquireAsync("b").InTimeAsync();
        Task[] waiting = [_session.AcquireAsync("a").AsTask(), _session.AcquireAsync("b").AsTask()];
        await _locks.WhenAsync("a", info => info.QueueLength == 1).InTimeAsync();
        await _locks.WhenAsync("b", info => info.QueueLength == 1).InTimeAsync();

        await byAnother.ReleaseAsync().InTimeAsync();
        await byClient.ReleaseAsync().InTimeAsync();
        await Task.WhenAll(waiting).InTimeAsync();
    }

    private Task<LockHandle> AcquireAsync(string key, AcquireOptions? options = null) => _session.AcquireAsync(key, options: options).InTimeAsync();
}
