using System.Diagnostics;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>How a handle is kept, and how its holder learns that it is not.</summary>
public sealed class RenewalTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Renewal_Confirmed_CountsFromItsSending()
    {
        var handle = await _test.AcquireAsync();
        var renewal = _test.Grain.Renew.Hang();
        _test.Time.Advance(TestClient.Third);
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, await _test.Grain.Renew.WhenCalledAsync());
        await _test.Time.WhenTimerDueInAsync(TestClient.AttemptTimeout);
        _test.Time.Advance(TimeSpan.FromSeconds(3));
        renewal.SetResult(Replies.Renewed());

        // 26.4 s are left; the next renewal comes after a third of them.
        await _test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(8.8));
        Assert.Equal(TestClient.Guaranteed - TimeSpan.FromSeconds(3), handle.Remaining);
    }

    [Fact]
    public async Task Renewal_KeepsSucceeding_HoldsForHours()
    {
        var handle = await _test.AcquireAsync();
        for (var i = 0; i < 500; i++)
        {
            _test.Time.Advance(TestClient.Third);
            await _test.WhenRenewalArmedAsync();
        }

        Assert.Equal(500, _test.Grain.Renew.Calls.Count);
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
        Assert.False(handle.AtRiskToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Renewal_FirstLeaseIsShort_ExtendsItToTheFullOne()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(validForSeconds: 5));
        var handle = await _test.Client.AcquireAsync(TestClient.Key);

        // 5 s · 0.99 − 50 ms = 4.9 s
        Assert.Equal(TimeSpan.FromSeconds(4.9), handle.Remaining);
        // A third of that, in whole milliseconds, rounded up.
        await _test.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(1634));
        await _test.WhenRenewalArmedAsync();
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
    }

    [Fact]
    public async Task Acquire_WithConfirmLease_ReturnsAHandleOfTheFullLease()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(validForSeconds: 5));
        var handle = await _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { ConfirmLease = true });

        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Renew.Calls));
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
    }

    [Fact]
    public async Task Acquire_WithConfirmLeaseThatIsNotAnswered_ReturnsWhatItHas()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(validForSeconds: 5));
        _test.Grain.Renew.Throw(new TimeoutException());
        var handle = await _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { ConfirmLease = true });

        Assert.Equal(TimeSpan.FromSeconds(4.9), handle.Remaining);
    }

    [Fact]
    public async Task Acquire_WithConfirmLeaseOfALostGrant_StartsOver()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(validForSeconds: 5), Replies.Granted(validForSeconds: 5));
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Revoked), Replies.Renewed());
        var acquire = _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { ConfirmLease = true }).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await acquire;

        Assert.NotEqual(_test.Grain.Acquire.Calls[0].LeaseId, _test.Grain.Acquire.Calls[1].LeaseId);
    }

    [Fact]
    public async Task Renewal_Hangs_AtRiskThenLostByTheClock()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Renew.Otherwise = null;
        await HangRenewalsUntilAsync(TestClient.Third * 2 - TimeSpan.FromTicks(1));
        Assert.False(handle.AtRiskToken.IsCancellationRequested);

        _test.Time.Advance(TimeSpan.FromTicks(1));
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        handle.ThrowIfLost();

        _test.Time.Advance(TestClient.Third - TimeSpan.FromTicks(1));
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        _test.Time.Advance(TimeSpan.FromTicks(1));
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, handle.Remaining);
        var exception = Assert.Throws<LockLostException>(handle.ThrowIfLost);
        Assert.Equal((TestClient.Key, Replies.Token, EndReason.Expired), (exception.Key, exception.FencingToken, exception.End));
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Renewal_AnsweredAfterTheDeadline_DoesNotRevive()
    {
        var handle = await _test.AcquireAsync();
        var late = _test.Grain.Renew.Hang();
        _test.Grain.Renew.Otherwise = null;
        _test.Time.Advance(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();
        _test.Time.Advance(TestClient.Guaranteed);
        late.SetResult(Replies.Renewed(validForSeconds: 3600));
        await _test.Time.WhenTimersAtMostAsync(0);

        Assert.Throws<LockLostException>(handle.ThrowIfLost);
        Assert.Equal(TimeSpan.Zero, handle.Remaining);
        Assert.False(await handle.VerifyAsync());
    }

    [Fact]
    public async Task Renewal_UnknownThenConfirmed_NeitherLosesNorResets()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Renew.Throw(new TimeoutException()).Reply(new RenewReply { Status = RenewStatus.Unknown }, new RenewReply());
        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.Time.WhenTimerDueInAsync(TestClient.RetryDelay);
        Assert.Equal(TestClient.Third * 2, handle.Remaining);

        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.WhenRenewalArmedAsync();
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
        Assert.Equal(4, _test.Grain.Renew.Calls.Count);
    }

    [Fact]
    public async Task Renewal_ConfirmedAfterTheWarning_HoldsAndWarnsOnce()
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Renew.Otherwise = null;
        await HangRenewalsUntilAsync(TestClient.Third * 2);
        Assert.True(handle.AtRiskToken.IsCancellationRequested);

        // The renewal that hangs now was sent at 14.85 s, so it is abandoned at 19.85 s; the next one is confirmed.
        _test.Grain.Renew.Otherwise = Replies.Renewed();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(0.25));
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.WhenRenewalArmedAsync();
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
    }

    [Theory]
    [InlineData(EndReason.Revoked)]
    [InlineData(EndReason.Expired)]
    [InlineData(EndReason.None)]
    public async Task Renewal_NotHeld_IsLostAtOnce(EndReason end)
    {
        var handle = await _test.AcquireAsync();
        _test.Grain.Renew.Reply(Replies.NotHeld(end));
        _test.Time.Advance(TestClient.Third);

        await handle.HandleLostToken.WhenCancelledAsync("the loss");
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
        Assert.Equal(end, Assert.Throws<LockLostException>(handle.ThrowIfLost).End);
        await _test.Time.WhenTimersAtMostAsync(0);
        Assert.Single(_test.Grain.Renew.Calls);
    }

    [Fact]
    public async Task Renewal_Off_KeepsTheLeaseOnceAndLosesItByTheClock()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        _test.Time.Advance(TestClient.Third * 2);
        Assert.True(handle.AtRiskToken.IsCancellationRequested);
        _test.Time.Advance(TestClient.Third);

        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        Assert.Empty(_test.Grain.Renew.Calls);
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task Lease_WallClockJumps_NoticesNothing(int hours)
    {
        var handle = await _test.AcquireAsync();
        _test.Time.JumpWallClock(TimeSpan.FromHours(hours));
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);

        await _test.AdvanceToTimerAsync(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        Assert.Equal(TestClient.Guaranteed, handle.Remaining);
    }

    [Fact]
    public async Task LostCallback_Throws_OthersStillRun()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var good = handle.HandleLostToken.Register(() => ran.TrySetResult());
        await using var bad = handle.HandleLostToken.Register(() => throw new InvalidOperationException("callback"));
        _test.Time.Advance(TestClient.Guaranteed);

        await ran.Task.OrTimeoutAsync("the other callback");
        await _test.Log.WhenLoggedAsync(10);
        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
    }

    [Fact]
    public async Task LostCallback_Blocks_DoesNotHoldUpTheClock()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        using var gate = new ManualResetEventSlim();
        await using var blocked = handle.HandleLostToken.Register(() => gate.Wait());

        // This thread fires the alarm. It would never come back if the callback ran on it.
        _test.Time.Advance(TestClient.Guaranteed);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
        gate.Set();
    }

    [Fact]
    public async Task Renewal_Runs_WithNothingOfItsAcquirer()
    {
        var seen = new TaskCompletionSource<(string?, Activity?, TaskScheduler)>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        var ambient = new AsyncLocal<string>();
        _test.Grain.Renew.Add(_ =>
        {
            seen.SetResult((ambient.Value, Activity.Current, TaskScheduler.Current));
            return ValueTask.FromResult(Replies.Renewed());
        });
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        var handle = await Task.Factory.StartNew(
            () =>
            {
                ambient.Value = "the request of the acquirer";
                using var activity = new Activity("acquirer").Start();
                return _test.AcquireAsync();
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            scheduler).Unwrap();
        _test.Time.Advance(TestClient.Third);

        Assert.Equal((null, null, TaskScheduler.Default), await seen.Task.OrTimeoutAsync("the renewal"));
        GC.KeepAlive(handle);
    }

    /// <summary>Goes there in steps that let the renewals run into their time-outs and be repeated.</summary>
    private async Task HangRenewalsUntilAsync(TimeSpan elapsed)
    {
        _test.Time.Advance(TestClient.Third);
        await _test.Grain.Renew.WhenCalledAsync();
        // The alarm and the time-out of the renewal.
        await _test.AdvanceToTimerAsync(TestClient.AttemptTimeout);
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Renew.WhenCalledAsync(2);
        await _test.Time.WhenTimerDueInAsync(TestClient.AttemptTimeout);
        _test.Time.Advance(elapsed - _test.Time.Elapsed);
    }
}
