using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Locks that are kept though their owner is done, and those that end though they could be renewed.</summary>
public sealed class HoldLimitsTests
{
    private static readonly TimeSpan HoldFor = TimeSpan.FromSeconds(25);

    private readonly TestClient _test = new();

    [Fact]
    public async Task HoldFor_ReleasedBefore_IsRenewedUntilThenAndThenGivenBack()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { HoldFor = HoldFor });
        Assert.Equal(ReleaseOutcome.Kept, await handle.ReleaseAsync());
        Assert.Equal(ReleaseOutcome.Kept, await handle.ReleaseAsync());
        Assert.Throws<LockLostException>(handle.ThrowIfLost);
        Assert.Equal(TimeSpan.Zero, handle.Remaining);
        Assert.Equal(0, _test.Client.LiveHandles);
        for (var renewals = 0; renewals < 2; renewals++)
        {
            await _test.WhenRenewalArmedAsync();
            _test.Time.Advance(TestClient.Third);
        }

        // Two thirds and a bit: the next alarm is the end of what it is kept for.
        await _test.Time.WhenTimerDueInAsync(HoldFor - TestClient.Third - TestClient.Third);
        Assert.Equal(2, _test.Grain.Renew.Calls.Count);
        Assert.Empty(_test.Grain.Release.Calls);
        _test.Time.Advance(HoldFor - TestClient.Third - TestClient.Third);

        await _test.Grain.Release.WhenCalledAsync();
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task HoldFor_IsOver_ReleasesAtOnce()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { HoldFor = TimeSpan.FromSeconds(1) });
        _test.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task HoldFor_TheSiloTakesItAway_TellsNobodyThatIsDone()
    {
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        var handle = await _test.AcquireAsync(new AcquireOptions { HoldFor = HoldFor });
        await handle.DisposeAsync();
        _test.Time.Advance(TestClient.Third);

        await _test.Log.WhenLoggedAsync(7);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        await _test.Time.WhenTimersAtMostAsync(0);
        Assert.Empty(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task HoldFor_HandleIsForgottenAfterItsRelease_IsKeptAllTheSame()
    {
        await AcquireAndDisposeAsync();
        GC.Collect();
        _test.Time.Advance(TestClient.Third);

        await _test.WhenRenewalArmedAsync();
        Assert.Single(_test.Grain.Renew.Calls);
    }

    [Fact]
    public async Task HoldFor_ClientStops_IsLeftToItsLeaseAndHoldsUpNobody()
    {
        await AcquireAndDisposeAsync();
        await _test.Client.Ending.StopAsync(TestClient.Guaranteed, CancellationToken.None).OrTimeoutAsync("the stop");

        await _test.Time.WhenTimersAtMostAsync(0);
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.Empty(_test.Log.Entries);
    }

    [Fact]
    public async Task MaxHold_RenewalsSucceed_IsLostThenAndWasNotRenewedInVain()
    {
        var max = TimeSpan.FromSeconds(45);
        var handle = await _test.AcquireAsync(new AcquireOptions { MaxHold = max });
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        await _test.AdvanceToTimerAsync(TestClient.Third);

        // The second renewal is good for 29.4 s from 19.6 s on, so beyond the end: what comes next is the warning, a third of the lease before it.
        var warnIn = max - TimeSpan.FromSeconds(10) - TestClient.Third - TestClient.Third;
        await _test.Time.WhenTimerDueInAsync(warnIn);
        _test.Time.Advance(warnIn);
        await handle.AtRiskToken.WhenCancelledAsync("the early warning");
        Assert.Equal(TimeSpan.FromSeconds(10), handle.Remaining);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        _test.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Equal(2, _test.Grain.Renew.Calls.Count);
        Assert.Contains("MaxHold", await _test.Log.WhenLoggedAsync(7), StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
        await _test.Grain.Release.WhenCalledAsync();
    }

    [Theory]
    [InlineData(-1, null, true, "HoldFor is -1s; it must be 0 to 365 days.")]
    [InlineData(null, 0, true, "MaxHold is 0; it must be more than 0 and at most 365 days.")]
    [InlineData(9, 8, true, "HoldFor is 9s and MaxHold is 8s; a lock cannot be kept for longer than it may be held.")]
    [InlineData(31, null, false, "HoldFor is 31s; without renewals it must be at most the lease (30s).")]
    public void Acquire_LimitsThatCannotBe_ThrowsAtOnce(int? holdFor, int? maxHold, bool renews, string expected)
    {
        var options = new AcquireOptions { HoldFor = Seconds(holdFor), MaxHold = Seconds(maxHold), Renew = renews };

        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => { _ = _test.Client.AcquireAsync(TestClient.Key, options: options).AsTask(); });
        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Validate());
        Assert.Empty(_test.Grain.Acquire.Calls);
    }

    private static TimeSpan? Seconds(int? count) => count is { } some ? TimeSpan.FromSeconds(some) : null;

    private async Task AcquireAndDisposeAsync()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { HoldFor = HoldFor });
        await handle.DisposeAsync();
    }
}
