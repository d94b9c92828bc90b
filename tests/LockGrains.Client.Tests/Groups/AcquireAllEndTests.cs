using LockGrains.Client.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests.Groups;

/// <summary>An attempt at several locks that is given up, or whose client ends, or that loses what it had: nothing is left behind.</summary>
public sealed class AcquireAllEndTests : IDisposable
{
    private readonly TestClient _test = new();
    private readonly CancellationTokenSource _source = new();
    private readonly ScriptedLockGrain _a;
    private readonly ScriptedLockGrain _b;

    public AcquireAllEndTests() => (_a, _b) = (_test.Lock("a"), _test.Lock("b"));

    public void Dispose() => _source.Dispose();

    [Fact]
    public async Task Cancelled_BeforeTheCall_ReturnsCanceledTaskWithoutACall()
    {
        await _source.CancelAsync();

        Assert.True(_test.Client.AcquireAllAsync(["a"], cancellationToken: _source.Token).AsTask().IsCanceled);
        Assert.True(_test.Client.TryAcquireAllAsync(["a"], cancellationToken: _source.Token).AsTask().IsCanceled);
        Assert.Empty(_a.Acquire.Calls);
    }

    [Fact]
    public async Task Cancelled_WhileTheSecondIsAwaited_CancelsItAndReleasesTheFirst()
    {
        var acquire = await StartAsync();
        await _source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        Assert.Equal(_source.Token, exception.CancellationToken);
        Assert.True(acquire.IsCanceled);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Cancelled_BetweenTheGrantOfOneAndTheNext_AsksForNoMoreAndReleasesIt()
    {
        // The jitter is drawn when the grant is being taken.
        _test.NextJitter = () =>
        {
            _source.Cancel();
            return 0;
        };
        _a.Acquire.Reply(Replies.Granted());

        var acquire = _test.Client.AcquireAllAsync(["a", "b"], cancellationToken: _source.Token).AsTask();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        Assert.Empty(_b.Acquire.Calls);
        Assert.Equal(_a.Acquire.Calls[0].LeaseId, Assert.Single(_a.Release.Calls.Concat(_a.Cancel.Calls)));
        Assert.Equal(0, _test.Client.LiveHandles);
    }

    [Fact]
    public async Task Cancelled_AfterTheLastGrant_HasNoEffect()
    {
        _a.Acquire.Reply(Replies.Granted());
        _b.Acquire.Reply(Replies.Granted());
        await using var group = await _test.Client.AcquireAllAsync(["a", "b"], cancellationToken: _source.Token);
        await _source.CancelAsync();

        group.ThrowIfLost();
        Assert.Empty(_a.Release.Calls);
    }

    [Fact]
    public async Task ClientDisposed_WhileTheSecondIsAwaited_ReleasesTheFirstAndLeavesNoneToItsLease()
    {
        var acquire = await StartAsync();
        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the disposal");

        await Assert.ThrowsAsync<ObjectDisposedException>(() => acquire.OrTimeoutAsync("the exception"));
        await AssertNothingIsLeftAsync();
        Assert.DoesNotContain(_test.Log.Entries, entry => entry.Level > LogLevel.Information);
    }

    [Fact]
    public async Task ClientDisposed_WaitsForWhatIsGivenBack()
    {
        var answer = _a.Release.Hang();
        var acquire = await StartAsync();
        var dispose = _test.Client.DisposeAsync().AsTask();
        await _a.Release.WhenCalledAsync();
        Assert.False(dispose.IsCompleted, "The connection would be closed under the release.");
        answer.SetResult(Replies.Released);

        await dispose.OrTimeoutAsync("the disposal");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => acquire.OrTimeoutAsync("the exception"));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task ClientDisposed_WhileTheLastGrantArrives_ReleasesBoth()
    {
        var dispose = Task.CompletedTask;
        _a.Acquire.Reply(Replies.Granted());
        var second = _b.Acquire.Hang();
        var acquire = _test.Client.AcquireAllAsync(["a", "b"]).AsTask();
        await _b.Acquire.WhenCalledAsync();
        _test.NextJitter = () =>
        {
            _test.NextJitter = () => 0;
            dispose = _test.Client.DisposeAsync().AsTask();
            return 0;
        };
        second.SetResult(Replies.Granted());

        await Assert.ThrowsAsync<ObjectDisposedException>(() => acquire.OrTimeoutAsync("the exception"));
        await dispose.OrTimeoutAsync("the disposal");
        await _a.Release.WhenCalledAsync();
        Assert.Equal(_b.Acquire.Calls[0].LeaseId, Assert.Single(_b.Release.Calls.Concat(_b.Cancel.Calls).Distinct()));
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task HostStops_WhileTheSecondIsAwaited_IsCancelledAndReleasesTheFirst()
    {
        var acquire = await StartAsync();
        await _test.Client.Ending.StopAsync(TimeSpan.FromSeconds(20), CancellationToken.None).OrTimeoutAsync("the stop");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the end of the wait"));
        Assert.True(acquire.IsCanceled);
        await AssertNothingIsLeftAsync();
        Assert.DoesNotContain(_test.Log.Entries, entry => entry.Level > LogLevel.Information);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _test.Client.AcquireAllAsync(["a"]).AsTask());
    }

    [Fact]
    public async Task HostStops_AtTheHandOver_TellsTheGroup()
    {
        _a.Acquire.Reply(Replies.Granted());
        _b.Acquire.Reply(Replies.Granted());
        await using var group = await _test.Client.AcquireAllAsync(["a", "b"]);
        _test.Client.Ending.Tell();

        await group.AtRiskToken.WhenCancelledAsync("the early warning");
        Assert.False(group.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task FirstIsLost_WhileTheSecondIsAwaited_GivesUpThePlaceAndGoesBackToIt()
    {
        var acquire = await StartAsync();
        _a.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        var again = _a.Acquire.Hang();
        await _test.AdvanceToTimerAsync(TestClient.Third);

        await _a.Acquire.WhenCalledAsync(2);
        Assert.Equal(_b.Acquire.Calls[0].LeaseId, Assert.Single(_b.Cancel.Calls));
        Assert.False(acquire.IsCompleted);
        _b.Acquire.Reply(Replies.Granted());
        again.SetResult(Replies.Granted());

        await using var group = await acquire.OrTimeoutAsync("the group");
        group.ThrowIfLost();
        Assert.False(group.HandleLostToken.IsCancellationRequested);
        Assert.NotEqual(_a.Acquire.Calls[0].LeaseId, _a.Acquire.Calls[1].LeaseId);
        Assert.Empty(_a.Release.Calls);
    }

    [Fact]
    public async Task FirstIsLostByTheClock_IsReleasedForWhomItMayStillBlock()
    {
        _a.Renew.Otherwise = null;
        var acquire = await StartAsync();
        var again = _a.Acquire.Hang();
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _a.Renew.WhenCalledAsync();
        _test.Time.Advance(TestClient.Guaranteed - TestClient.Third);

        await _a.Acquire.WhenCalledAsync(2);
        Assert.Equal(_a.Acquire.Calls[0].LeaseId, await _a.Release.WhenCalledAsync());
        _b.Acquire.Reply(Replies.Granted());
        again.SetResult(Replies.Granted());
        await using var group = await acquire.OrTimeoutAsync("the group");
        group.ThrowIfLost();
    }

    [Fact]
    public async Task FirstIsLost_NoticedByTheClockAloneAtTheLastGrant_IsNotHandedOver()
    {
        // No renewal, and no alarm has rung: the clock stands past the deadline when the second grant is read.
        _a.Acquire.Reply(Replies.Granted(validForSeconds: 30));
        var second = _b.Acquire.Hang();
        var acquire = _test.Client.AcquireAllAsync(["a", "b"], options: new AcquireOptions { Renew = false }).AsTask();
        await _b.Acquire.WhenCalledAsync();
        _test.NextJitter = () =>
        {
            _test.NextJitter = () => 0;
            _test.Time.Suspend(TestClient.Guaranteed);
            return 0;
        };
        var again = _a.Acquire.Hang();
        second.SetResult(Replies.Granted(validForSeconds: 120));

        await _a.Acquire.WhenCalledAsync(2);
        Assert.False(acquire.IsCompleted);
        again.SetResult(Replies.Granted());
        _b.Acquire.Reply(Replies.Granted());
        (await acquire.OrTimeoutAsync("the group")).ThrowIfLost();
    }

    /// <summary>Holds the first, waits for the second.</summary>
    private async Task<Task<LockGroup>> StartAsync()
    {
        _a.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAllAsync(["b", "a"], cancellationToken: _source.Token).AsTask();
        await _b.Acquire.WhenCalledAsync();
        return acquire;
    }

    private async Task AssertNothingIsLeftAsync()
    {
        Assert.Equal(_a.Acquire.Calls[0].LeaseId, Assert.Single(_a.Release.Calls));
        Assert.Equal(_b.Acquire.Calls[0].LeaseId, Assert.Single(_b.Cancel.Calls));
        Assert.Equal(0, _test.Client.LiveHandles);
        await _test.Time.WhenTimersAtMostAsync(0);
    }
}
