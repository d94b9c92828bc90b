namespace LockGrains.Testing.Tests;

/// <summary>Locks that are lost: by the clock of a client that is cut off, by an operator, and at once.</summary>
public sealed class LossTests : IAsyncDisposable
{
    private const string Key = "orders/42";

    private readonly FakeClock _clock = new();
    private readonly InMemoryLocks _locks;
    private readonly ILockClient _client;

    public LossTests()
    {
        _locks = new InMemoryLocks(_clock);
        _client = _locks.CreateClient();
    }

    public async ValueTask DisposeAsync() => await _locks.DisposeAsync();

    [Fact]
    public async Task Holder_ThatIsConnected_KeepsTheLockForADay()
    {
        await using var handle = await _client.AcquireAsync(Key);
        await _clock.AdvanceAsync(TimeSpan.FromDays(1));

        handle.ThrowIfLost();
        Assert.False(handle.AtRiskToken.IsCancellationRequested);
        Assert.True(await handle.VerifyAsync().InTimeAsync());
    }

    [Fact]
    public async Task Holder_ThatIsCutOff_IsAtRiskThenLoses_AndOnlyThenTheNextHasTheLock()
    {
        var told = new List<string>();
        await using var handle = await _client.AcquireAsync(Key);
        handle.AtRiskToken.Register(() => told.Add("at risk"));
        handle.HandleLostToken.Register(() => told.Add("lost"));
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        var next = _clock.RunAsync(async () =>
        {
            var second = await _locks.CreateClient().AcquireAsync(Key);
            told.Add("next");
            return second;
        });

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["at risk"], told);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["at risk", "lost", "next"], told);
        Assert.True((await next.InTimeAsync()).FencingToken > handle.FencingToken);
        Assert.Throws<LockLostException>(handle.ThrowIfLost);
    }

    /// <summary>Its heartbeat is told to call again, in the same step of the clock.</summary>
    [Fact]
    public async Task Waiter_WhoseGrantWasLost_HasTheLockByItsNextHeartbeat()
    {
        var waiter = _locks.CreateClient();
        var first = await _client.AcquireAsync(Key);
        var next = _clock.RunAsync(() => waiter.AcquireAsync(Key).AsTask());
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        _locks.CutOff(waiter);
        await first.DisposeAsync();
        await _clock.AdvanceAsync(TimeSpan.Zero);
        Assert.False(next.IsCompleted);
        _locks.Reconnect(waiter);

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(3));

        Assert.True(next.IsCompletedSuccessfully);
        await using var handle = await next;
        Assert.True(await handle.VerifyAsync().InTimeAsync());
    }

    [Fact]
    public async Task Holder_ThatIsCutOffForAMoment_KeepsTheLock()
    {
        await using var handle = await _client.AcquireAsync(Key);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        _locks.CutOff(_client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(18));
        _locks.Reconnect(_client);
        await _clock.AdvanceAsync(TimeSpan.FromHours(1));

        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Waiter_ThatIsCutOff_IsPassedOver_AndWaitsAgainWhenItIsBack()
    {
        var first = await _locks.CreateClient().AcquireAsync(Key);
        var cutOff = _client.AcquireAsync(Key).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        var last = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        _locks.CutOff(_client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        await first.DisposeAsync();
        var second = await last.InTimeAsync();

        _locks.Reconnect(_client);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.False(cutOff.IsCompleted);
        await second.DisposeAsync();
        await using var handle = await cutOff.InTimeAsync();
    }

    [Fact]
    public async Task Revoked_HolderLearnsOfItAtItsNextRenewal()
    {
        await using var handle = await _client.AcquireAsync(Key);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(RevokeStatus.Revoked, (await _locks.CreateClient().RevokeAsync(Key)).Status);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Equal(EndReason.Revoked, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
    }

    [Fact]
    public async Task Lost_HolderLearnsOfItAtOnce_AndAcquiresAnew()
    {
        var ends = new List<string>();
        var work = _clock.RunAsync(async () =>
        {
            for (var turn = 1; turn <= 2; turn++)
            {
                await using var handle = await _client.AcquireAsync(Key);
                using var lost = CancellationTokenSource.CreateLinkedTokenSource(handle.HandleLostToken);
                await Task.Delay(TimeSpan.FromMinutes(1), _clock, lost.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                ends.Add(lost.IsCancellationRequested ? "lost" : "done");
            }
        });
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(30));

        await _locks.LoseAsync(Key);
        Assert.Equal(["lost"], ends);
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["lost", "done"], ends);
        await work.InTimeAsync();
    }

    [Fact]
    public async Task Lost_WhileAnotherWaits_IsTheOthers()
    {
        await using var handle = await _client.AcquireAsync(Key);
        var next = _locks.CreateClient().AcquireAsync(Key).AsTask();
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        await _locks.LoseAsync(Key);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        await using var second = await next.InTimeAsync();
        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync().InTimeAsync());
        second.ThrowIfLost();
    }

    [Fact]
    public async Task Lose_NobodyHolds_SaysSo()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => _locks.LoseAsync(Key));

        Assert.Contains(Key, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CutOff_AClientOfOtherLocks_IsRefused() => Assert.Throws<ArgumentException>(() => new InMemoryLocks(_clock).CutOff(_client));
}
