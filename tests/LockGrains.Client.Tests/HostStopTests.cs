using LockGrains.Client.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests;

/// <summary>
/// What a stopping host means for those who hold and wait. Released is only what its owner disposed: else the next one works while this one
/// still comes to its end.
/// </summary>
public sealed class HostStopTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TestClient _test = new();

    [Fact]
    public async Task Tell_HandleLive_TellsTheRiskAloneAndGoesOnRenewing()
    {
        var handle = await _test.AcquireAsync();
        _test.Client.Ending.Tell();

        await handle.AtRiskToken.WhenCancelledAsync("the early warning");
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        Assert.Single(_test.Grain.Renew.Calls);
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        var later = await _test.AcquireAsync();
        Assert.False(later.AtRiskToken.IsCancellationRequested, "It was granted after that, and is told by the drain.");
        GC.KeepAlive(handle);
    }

    [Fact]
    public async Task Stop_OwnerComesToItsEnd_IsRenewedUntilThenAndReleasedByItAlone()
    {
        var handle = await _test.AcquireAsync();
        var stop = _test.Client.Ending.StopAsync(Limit, CancellationToken.None);
        await _test.Time.WhenTimerDueInAsync(Limit);
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
        _test.Time.Advance(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        Assert.Single(_test.Grain.Renew.Calls);
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.False(stop.IsCompleted, "The connection would be closed under the owner.");

        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());
        await stop.OrTimeoutAsync("the stop");
        Assert.DoesNotContain(_test.Log.Entries, entry => entry.Level > LogLevel.Information);
    }

    [Fact]
    public async Task Stop_OwnerIsNotDoneByTheLimit_IsLeftToItsLeaseAndNamed()
    {
        var handle = await _test.AcquireAsync();
        var stop = _test.Client.Ending.StopAsync(Limit, CancellationToken.None);
        await _test.Time.WhenTimerDueInAsync(Limit);
        _test.Time.Advance(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        _test.Time.Advance(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        _test.Time.Advance(Limit - TestClient.Third - TestClient.Third);
        await stop.OrTimeoutAsync("the stop");

        Assert.Contains("'orders/42' (fencing token 4711)", await _test.Log.WhenLoggedAsync(14), StringComparison.Ordinal);
        handle.ThrowIfLost();
        Assert.Empty(_test.Grain.Release.Calls);
        _test.Time.Advance(TestClient.Guaranteed);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Equal(2, _test.Grain.Renew.Calls.Count);
    }

    [Fact]
    public async Task Stop_RenewalOfWhatIsLeftFails_IsNoNews()
    {
        var renewal = _test.Grain.Renew.Hang();
        var handle = await _test.AcquireAsync();
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();
        await _test.Client.Ending.StopAsync(TimeSpan.Zero, CancellationToken.None).OrTimeoutAsync("the stop");
        renewal.SetException(new InvalidOperationException("The host is shutting down."));

        await _test.Time.WhenTimersAtMostAsync(1);
        Assert.Equal(14, Assert.Single(_test.Log.Entries, entry => entry.Level > LogLevel.Information).Id);
        GC.KeepAlive(handle);
    }

    [Fact]
    public async Task AwaitOwners_OthersAcquireMeanwhile_WaitsForThoseWhoHeldUntilTheirReleasesAreAnswered()
    {
        var held = await _test.AcquireAsync();
        var kept = await _test.AcquireAsync(new AcquireOptions { HoldFor = TimeSpan.FromMinutes(1) });
        var waiting = _test.Client.Ending.AwaitOwnersAsync(Limit, CancellationToken.None);
        Assert.True(held.AtRiskToken.IsCancellationRequested);
        var later = await _test.AcquireAsync();
        await kept.DisposeAsync();
        Assert.False(waiting.IsCompleted, "The first one holds.");
        var answer = _test.Grain.Release.Hang();
        var release = held.DisposeAsync().AsTask();
        await _test.Grain.Release.WhenCalledAsync();
        Assert.False(waiting.IsCompleted, "The release may have reached nobody.");
        answer.SetResult(Replies.Released);

        await waiting.OrTimeoutAsync("the owners");
        await release;
        later.ThrowIfLost();
    }

    [Fact]
    public async Task AwaitOwners_OwnerIsNotDone_EndsAtTheLimitAndLeavesItNoMore()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        var waiting = _test.Client.Ending.AwaitOwnersAsync(Limit, CancellationToken.None);
        await _test.Time.WhenTimerDueInAsync(Limit);
        _test.Time.Advance(Limit);
        await waiting.OrTimeoutAsync("the limit");
        await _test.Client.Ending.StopAsync(Limit, CancellationToken.None).OrTimeoutAsync("the stop");

        await _test.Log.WhenLoggedAsync(14);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Stop_HostHasNoTimeLeft_EndsAtOnceAndReleasesNothing()
    {
        var handle = await _test.AcquireAsync();
        await _test.Client.Ending.StopAsync(Limit, new CancellationToken(canceled: true)).OrTimeoutAsync("the stop");

        await _test.Log.WhenLoggedAsync(14);
        Assert.Empty(_test.Grain.Release.Calls);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Stop_AcquireWaits_IsCancelledAndNotDisposed()
    {
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        await _test.Client.Ending.StopAsync(Limit, CancellationToken.None).OrTimeoutAsync("the stop");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the end of the wait"));
        Assert.True(acquire.IsCanceled);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Cancel.Calls));
        var late = _test.Client.TryAcquireAsync(TestClient.Key).AsTask();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        Assert.True(late.IsCanceled);
        Assert.DoesNotContain(_test.Log.Entries, entry => entry.Level > LogLevel.Information);
        await _test.Client.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => { _ = _test.Client.AcquireAsync(TestClient.Key).AsTask(); });
    }

    [Fact]
    public async Task Stop_GrantArrivesTooLate_IsGivenBackBecauseNobodyHasIt()
    {
        var stop = Task.CompletedTask;
        _test.NextJitter = () =>
        {
            stop = _test.Client.Ending.StopAsync(Limit, CancellationToken.None);
            _test.Client.Ending.Ending.WaitHandle.WaitOne();
            _test.NextJitter = () => 0;
            return 0;
        };
        _test.Grain.Acquire.Reply(Replies.Granted());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _test.Client.AcquireAsync(TestClient.Key).AsTask());
        await stop.OrTimeoutAsync("the stop");
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Release.Calls.Concat(_test.Grain.Cancel.Calls).Distinct()));
    }

    [Fact]
    public async Task EndWaitsAfter_WaitIsLonger_IsCancelledThen()
    {
        var acquire = _test.Client.AcquireAsync(TestClient.Key).AsTask();
        await _test.Grain.Acquire.WhenCalledAsync();
        _test.Client.Ending.EndWaitsAfter(Limit);
        await _test.Time.WhenTimerDueInAsync(Limit);
        _test.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(acquire.IsCompleted);
        _test.Time.Advance(Limit - TimeSpan.FromSeconds(5));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire.OrTimeoutAsync("the end of the wait"));
    }
}
