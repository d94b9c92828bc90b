using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Disposing the client ends all that it began.</summary>
public sealed class ClientDisposeTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Dispose_AcquireWaits_ThrowsObjectDisposedThereAndCancels()
    {
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the disposal");

        await Assert.ThrowsAsync<ObjectDisposedException>(() => acquire.OrTimeoutAsync("the exception"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Cancel.Calls));
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Dispose_HandlesLive_TellsTheirUsersAndReleasesThemAll()
    {
        var handles = new[] { await _test.AcquireAsync(), await _test.AcquireAsync() };
        var wereLost = new List<bool>();
        for (var i = 0; i < handles.Length; i++)
        {
            _test.Grain.Release.Add(_ =>
            {
                lock (wereLost) wereLost.Add(handles.All(handle => handle.HandleLostToken.IsCancellationRequested));
                return ValueTask.FromResult(Replies.Released);
            });
        }

        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the disposal");
        Assert.Equal(_test.Grain.Acquire.Calls.Select(call => call.LeaseId).Order(), _test.Grain.Release.Calls.Order());
        Assert.Contains(true, wereLost);
        foreach (var handle in handles)
        {
            Assert.True(handle.HandleLostToken.IsCancellationRequested);
            Assert.Equal(LeaseEnd.Released, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
            Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
        }

        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Dispose_ClusterHangs_EndsInBoundedTimeAndLeavesNoWork()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Release.Otherwise = null;
        var dispose = _test.Client.DisposeAsync().AsTask();
        await _test.Grain.Release.WhenCalledAsync();
        // The time-outs of the call and of the drain; the alarm and the renewal are gone.
        await _test.Time.WhenTimersAtMostAsync(2);
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 2);
        _test.Time.Advance(TestClient.AttemptTimeout);

        await dispose.OrTimeoutAsync("the disposal");
        await _test.Log.WhenLoggedAsync(11);
        await _test.Time.WhenTimersAtMostAsync(0);
        await handle.DisposeAsync().AsTask().OrTimeoutAsync("the handle's disposal");
    }

    [Fact]
    public async Task Dispose_Twice_IsOneDisposal()
    {
        await _test.AcquireAsync();
        await Task.WhenAll(_test.Client.DisposeAsync().AsTask(), _test.Client.DisposeAsync().AsTask()).OrTimeoutAsync("both");

        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Dispose_WhileAGrantArrives_ReleasesIt()
    {
        // The jitter is drawn when the grant is being taken: the client is disposed at that very moment.
        var dispose = Task.CompletedTask;
        _test.NextJitter = () =>
        {
            dispose = _test.Client.DisposeAsync().AsTask();
            _test.NextJitter = () => 0;
            return 0;
        };
        _test.Grain.Acquire.Reply(Replies.Granted());

        await Assert.ThrowsAsync<ObjectDisposedException>(() => _test.Client.AcquireAsync(TestClient.Key).AsTask());
        await dispose.OrTimeoutAsync("the disposal");
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Release.Calls));
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Disposed_AnyCall_ThrowsAtOnce()
    {
        await _test.Client.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => { _ = _test.Client.AcquireAsync(TestClient.Key).AsTask(); });
        Assert.Throws<ObjectDisposedException>(() => { _ = _test.Client.TryAcquireAsync(TestClient.Key).AsTask(); });
        Assert.Throws<ObjectDisposedException>(() => { _ = _test.Client.GetInfoAsync(TestClient.Key).AsTask(); });
        Assert.Throws<ObjectDisposedException>(() => { _ = _test.Client.RevokeAsync(TestClient.Key).AsTask(); });
    }

    [Fact]
    public async Task Client_HandlesReleasedAndLost_KeepsNoneOfThem()
    {
        var released = await _test.AcquireAsync();
        await _test.AcquireAsync(new AcquireOptions { Renew = false });
        Assert.Equal(2, _test.Client.LiveHandles);
        await released.DisposeAsync();
        Assert.Equal(1, _test.Client.LiveHandles);
        _test.Time.Advance(TestClient.Guaranteed);

        Assert.Equal(0, _test.Client.LiveHandles);
    }

    [Fact]
    public async Task Dispose_HandleReleasedBefore_ReleasesNothingAgain()
    {
        var handle = await _test.AcquireAsync();
        await handle.DisposeAsync();
        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the disposal");

        Assert.Single(_test.Grain.Release.Calls);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
    }
}
