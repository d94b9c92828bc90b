using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A gateway is lost: what was on its way is asked again at once, under the same name.</summary>
public sealed class GatewayLossTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Acquire_WaitsWhenAGatewayIsLost_IsSentAgainWithTheSameLeaseId()
    {
        _ = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        LoseGateway();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        await acquire.OrTimeoutAsync("the grant");
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Acquire.Calls[1].LeaseId);
        Assert.Empty(_test.Grain.Cancel.Calls);
    }

    [Fact]
    public async Task Acquire_EachLoss_IsHeard()
    {
        _ = _test.Grain.Acquire.Hang();
        _ = _test.Grain.Acquire.Hang();
        _test.Grain.Acquire.Reply(Replies.Granted());
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        for (var call = 1; call <= 2; call++)
        {
            await _test.Grain.Acquire.WhenCalledAsync(call);
            LoseGateway();
            await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        }

        await acquire.OrTimeoutAsync("the grant");
    }

    [Fact]
    public async Task Renewal_OnItsWayWhenAGatewayIsLost_IsRepeated()
    {
        var handle = await _test.AcquireAsync();
        _ = _test.Grain.Renew.Hang();
        _test.Time.Advance(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();
        LoseGateway();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Renew.WhenCalledAsync(2);
        await _test.WhenRenewalArmedAsync();

        Assert.False(handle.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Release_OnItsWayWhenAGatewayIsLost_IsRepeated()
    {
        var handle = await _test.AcquireAsync();
        _ = _test.Grain.Release.Hang();
        var release = handle.ReleaseAsync().AsTask();
        await _test.Grain.Release.WhenCalledAsync();
        LoseGateway();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Equal(ReleaseOutcome.Released, await release.OrTimeoutAsync("the release"));
    }

    [Fact]
    public async Task Acquire_GatewayIsFound_GoesOnWaiting()
    {
        var reply = _test.Grain.Acquire.Hang();
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        _test.Gateways.NotifyGatewayCountChanged(3, 2, connectionRecovered: false);
        reply.SetResult(Replies.Granted());

        await acquire.OrTimeoutAsync("the grant");
        Assert.Single(_test.Grain.Acquire.Calls);
    }

    [Fact]
    public async Task Acquire_CancelledWhileItWaits_IsStillTheCallersOwnCancellation()
    {
        using var cancel = new CancellationTokenSource();
        _ = _test.Grain.Acquire.Hang();
        var acquire = _test.Client.AcquireAsync(TestClient.Key, cancellationToken: cancel.Token).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        await cancel.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the cancellation"));
        Assert.Equal(cancel.Token, exception.CancellationToken);
    }

    private void LoseGateway() => _test.Gateways.NotifyGatewayCountChanged(1, 2, connectionRecovered: false);
}
