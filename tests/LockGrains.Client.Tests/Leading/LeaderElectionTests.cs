using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;

namespace LockGrains.Client.Tests.Leading;

/// <summary>Campaign, proclaim, resign, who leads, and work under a leadership.</summary>
public sealed class LeaderElectionTests : IAsyncDisposable
{
    private const string Key = "scheduler";

    private static readonly LockValue Address = LockValue.OfText("10.0.0.7:5000");

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;
    private readonly LeaderElection _election;
    private readonly LeaderElection _other;

    public LeaderElectionTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
        _election = new LeaderElection(_client, Key);
        _other = new LeaderElection(_locks.CreateClient(), Key);
    }

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Campaign_WithAValue_IsWhoLeads_UntilItResigns()
    {
        Assert.Null(await _other.GetLeaderAsync());
        var leadership = await _election.CampaignAsync(Address);

        Assert.Equal(new LeaderInfo { OwnerId = "client-1", FencingToken = leadership.FencingToken, Value = Address }, await _other.GetLeaderAsync());
        Assert.Equal(Key, leadership.Key);
        Assert.Equal(ReleaseOutcome.Released, await leadership.ResignAsync());
        Assert.Null(await _other.GetLeaderAsync());
        Assert.Null((await _client.GetValueAsync(Key)).Value);
    }

    [Fact]
    public async Task Campaign_WithoutAValue_ProclaimsThatOfTheOptions()
    {
        await using var leadership = await new LeaderElection(_client, Key, new AcquireOptions { Value = Address }).CampaignAsync();

        Assert.Equal(Address, (await _other.GetLeaderAsync())!.Value);
    }

    [Fact]
    public async Task Campaign_AnotherLeads_LeadsNextWithALargerToken()
    {
        var first = await _election.CampaignAsync();
        var next = _other.CampaignAsync(Address).AsTask();
        await _locks.WhenAsync(Key, static info => info.QueueLength == 1);
        Assert.False(next.IsCompleted);

        await first.DisposeAsync();
        await using var second = await next.OrTimeoutAsync("the second leadership");
        Assert.True(second.FencingToken > first.FencingToken);
        await Assert.ThrowsAsync<LockLostException>(() => first.ProclaimAsync(Address).AsTask());
        Assert.Equal("client-2", (await _election.GetLeaderAsync())!.OwnerId);
    }

    [Fact]
    public async Task TryCampaign_AnotherLeads_IsNull_ElseLeads()
    {
        var first = await _election.TryCampaignAsync();
        Assert.NotNull(first);
        Assert.Null(await _other.TryCampaignAsync());

        await first.DisposeAsync();
        await using var second = await _other.TryCampaignAsync(value: Address);
        Assert.Equal(Address, (await _election.GetLeaderAsync())!.Value);
    }

    [Fact]
    public async Task Proclaim_WhileLeading_ReplacesTheValue_AndNoBytesClearIt()
    {
        await using var leadership = await _election.CampaignAsync(Address);
        await leadership.ProclaimAsync(LockValue.OfText("moved"));
        Assert.Equal("moved", (await _other.GetLeaderAsync())!.Value!.Text);

        await leadership.ProclaimAsync(new LockValue());
        Assert.Null((await _other.GetLeaderAsync())!.Value);
    }

    [Fact]
    public async Task Values_ThatWouldBeKept_AreRefused()
    {
        var kept = LockValue.OfText("kept", keepFor: TimeSpan.FromDays(1));
        Assert.Throws<ArgumentException>("value", () => { _ = _election.CampaignAsync(kept).AsTask(); });
        Assert.Throws<ArgumentException>("value", () => { _ = _election.TryCampaignAsync(value: kept).AsTask(); });
        Assert.Throws<ArgumentException>("value", () => { _ = _election.RunAsync((_, _) => Task.CompletedTask, kept); });
        Assert.Throws<ArgumentException>("options", () => new LeaderElection(_client, Key, new AcquireOptions { Value = kept }));
        await using var leadership = await _election.CampaignAsync();
        await Assert.ThrowsAsync<ArgumentException>("value", () => leadership.ProclaimAsync(kept).AsTask());
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    public void Election_OfNoKey_IsRefused(string key) => Assert.Throws<ArgumentException>(nameof(key), () => new LeaderElection(_client, key));

    [Fact]
    public void Election_ThatSharesTheLock_IsRefused()
    {
        var exception = Assert.Throws<ArgumentException>("options", () => new LeaderElection(_client, Key, new AcquireOptions { Mode = LockMode.Shared }));
        Assert.Contains("Mode is Shared; it must be Exclusive", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WorkEndsByItself_IsTrue_AndResignsAfterIt()
    {
        var isHeld = false;
        var run = _clock.RunAsync(() => _election.RunAsync(
            async (leadership, stop) =>
            {
                await Task.Delay(TimeSpan.FromMinutes(5), _clock, stop);
                isHeld = await leadership.Handle.VerifyAsync(CancellationToken.None);
            },
            Address));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(Address, (await _other.GetLeaderAsync())!.Value);

        await _clock.AdvanceAsync(TimeSpan.FromMinutes(4));
        Assert.True(await run.OrTimeoutAsync("the run"));
        Assert.True(isHeld);
        Assert.Null(await _other.GetLeaderAsync());
    }

    /// <summary>A third of the lease is left then: the work ends before another can lead.</summary>
    [Fact]
    public async Task Run_LockAtRisk_IsFalse_AndTheWorkHasEndedBeforeAnotherLeads()
    {
        var told = new List<string>();
        var run = _clock.RunAsync(() => _election.RunAsync(async (_, stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            told.Add("told");
            await Task.Delay(TimeSpan.FromSeconds(8), _clock, CancellationToken.None);
            told.Add("ended");
            stop.ThrowIfCancellationRequested();
        }));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        var next = _clock.RunAsync(async () =>
        {
            await using var leadership = await _other.CampaignAsync();
            told.Add("next");
        });
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(["told", "ended", "next"], told);
        Assert.False(await run.OrTimeoutAsync("the run"));
        await next.OrTimeoutAsync("the next");
    }

    [Fact]
    public async Task Run_LostBeforeTheWorkHasEnded_Throws()
    {
        var run = _clock.RunAsync(() => _election.RunAsync((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, _clock, stop)));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        await _locks.LoseAsync(Key);

        Assert.Equal(EndReason.Revoked, (await Assert.ThrowsAsync<LockLostException>(() => run.OrTimeoutAsync("the run"))).End);
    }

    [Fact]
    public async Task Run_WorkThrows_ResignsAndThrowsThat()
    {
        var run = _clock.RunAsync(() => _election.RunAsync((_, _) => throw new InvalidOperationException("Broken.")));

        Assert.Equal("Broken.", (await Assert.ThrowsAsync<InvalidOperationException>(() => run.OrTimeoutAsync("the run"))).Message);
        Assert.Null(await _other.GetLeaderAsync());
    }

    [Fact]
    public async Task Observe_TellsEachLeaderAndWhatItProclaims_AndNoOtherChange()
    {
        using var end = new CancellationTokenSource();
        List<string> seen = [];
        var observing = _clock.RunAsync(() => ObserveAsync(_other, seen, end.Token));
        await SettleAsync();
        var first = await _election.CampaignAsync(Address);
        await SettleAsync();
        await first.ProclaimAsync(LockValue.OfText("moved"));
        await SettleAsync();
        var next = _other.CampaignAsync(Address).AsTask();
        await _locks.WhenAsync(Key, static info => info.QueueLength == 1);
        await SettleAsync();
        await first.DisposeAsync();
        await using var second = await next.OrTimeoutAsync("the second leadership");
        await SettleAsync();

        Assert.Equal(["nobody", "client-1 at 10.0.0.7:5000", "client-1 at moved", "client-2 at 10.0.0.7:5000"], seen);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => observing.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task Run_CallerCancels_TheWorkStopsAndTheRunIsCancelled()
    {
        using var cancel = new CancellationTokenSource();
        var run = _clock.RunAsync(() => _election.RunAsync((_, stop) => Task.Delay(Timeout.InfiniteTimeSpan, _clock, stop), cancellationToken: cancel.Token));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.NotNull(await _other.GetLeaderAsync());
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.OrTimeoutAsync("the run"));
        Assert.Null(await _other.GetLeaderAsync());
    }

    // Longer than what a watch pauses between two states.
    private Task SettleAsync() => _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

    private static async Task ObserveAsync(LeaderElection election, List<string> seen, CancellationToken end)
    {
        await foreach (var leader in election.ObserveAsync(end))
            seen.Add(leader is null ? "nobody" : $"{leader.OwnerId} at {leader.Value?.Text}");
    }
}
