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
    public async Task Dispose_HandlesLive_ReleasesNoneAndLeavesThemToTheirLeases()
    {
        var handle = await _test.AcquireAsync();
        await _test.Client.DisposeAsync().AsTask().OrTimeoutAsync("the disposal");

        Assert.Contains("'orders/42' (fencing token 4711)", await _test.Log.WhenLoggedAsync(14), StringComparison.Ordinal);
        Assert.False(handle.HandleLostToken.IsCancellationRequested, "Told lost while it is held.");
        Assert.True(handle.AtRiskToken.IsCancellationRequested, "Not told that it is not renewed any more.");
        handle.ThrowIfLost();
        _test.Time.Advance(TestClient.Guaranteed);

        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Equal(EndReason.Expired, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.Empty(_test.Grain.Renew.Calls);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Dispose_Synchronously_NeitherThrowsNorWaitsNorRenews()
    {
        var handle = await _test.AcquireAsync();
        var released = await _test.AcquireAsync();
        _ = _test.Grain.Release.Hang();
        released.Dispose();
        Assert.Throws<LockLostException>(released.ThrowIfLost);
        _test.Client.Dispose();
        _test.Client.Dispose();

        await _test.Log.WhenLoggedAsync(14);
        Assert.Single(_test.Grain.Release.Calls);
        _test.Time.Advance(TestClient.Guaranteed);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Empty(_test.Grain.Renew.Calls);
    }

    [Fact]
    public async Task Dispose_ClusterHangs_EndsInBoundedTimeAndLeavesNoWork()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Release.Otherwise = null;
        var release = handle.DisposeAsync().AsTask();
        await _test.Grain.Release.WhenCalledAsync();
        var dispose = _test.Client.DisposeAsync().AsTask();
        // The time-outs of the call, of who waits for it, and of the drain; the alarm and the renewal are gone.
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 3);
        await _test.Time.WhenTimersAtMostAsync(3);
        _test.Time.Advance(TestClient.AttemptTimeout);

        await dispose.OrTimeoutAsync("the disposal");
        await _test.Log.WhenLoggedAsync(11);
        await release.OrTimeoutAsync("the handle's disposal");
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Dispose_Twice_IsOneDisposal()
    {
        await _test.AcquireAsync();
        await Task.WhenAll(_test.Client.DisposeAsync().AsTask(), _test.Client.DisposeAsync().AsTask()).OrTimeoutAsync("both");

        Assert.Single(_test.Log.Entries, entry => entry.Id == 14);
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
