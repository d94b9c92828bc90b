using System.Runtime.CompilerServices;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Several handles of one hold: the last that is released ends it.</summary>
public sealed class ReenterTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Reenter_Held_IsTheSameHoldAndCostsNoCall()
    {
        var handle = await _test.AcquireAsync();
        var other = handle.Reenter();

        Assert.NotSame(handle, other);
        Assert.Equal(
            (handle.Key, handle.FencingToken, handle.OwnerId, handle.Remaining, handle.HandleLostToken, handle.AtRiskToken),
            (other.Key, other.FencingToken, other.OwnerId, other.Remaining, other.HandleLostToken, other.AtRiskToken));
        Assert.Single(_test.Grain.Acquire.Calls);
        Assert.Empty(_test.Grain.Verify.Calls);
        Assert.Equal(1, _test.Client.LiveHandles);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Release_InAnyOrder_TheLastReleasesTheLock(bool isFirstFirst)
    {
        var handle = await _test.AcquireAsync();
        var other = handle.Reenter();
        var (early, late) = isFirstFirst ? (handle, other) : (other, handle);

        Assert.Equal(ReleaseOutcome.StillHeld, await early.ReleaseAsync());
        Assert.Empty(_test.Grain.Release.Calls);
        Assert.Equal(EndReason.Released, Assert.Throws<LockLostException>(early.ThrowIfLost).End);
        Assert.Equal(TimeSpan.Zero, early.Remaining);
        Assert.False(await early.VerifyAsync());
        late.ThrowIfLost();
        Assert.True(await late.VerifyAsync());
        Assert.Equal(TestClient.Guaranteed, late.Remaining);

        Assert.Equal(ReleaseOutcome.Released, await late.ReleaseAsync());
        Assert.Single(_test.Grain.Release.Calls);
        Assert.Equal(ReleaseOutcome.AlreadyReleased, await early.ReleaseAsync());
        Assert.Equal(ReleaseOutcome.AlreadyReleased, await late.ReleaseAsync());
    }

    [Fact]
    public async Task Dispose_OneTwice_IsOneShare()
    {
        var handle = await _test.AcquireAsync();
        var other = handle.Reenter();
        await other.DisposeAsync();
        await other.DisposeAsync();
        other.Dispose();

        Assert.Equal(ReleaseOutcome.AlreadyReleased, await other.ReleaseAsync());
        Assert.Empty(_test.Grain.Release.Calls);
        handle.ThrowIfLost();
        await handle.DisposeAsync();
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Release_LastIsUnconfirmed_AskedAgainSaysWhatBecameOfIt()
    {
        var reply = _test.Grain.Release.Hang();
        var handle = await _test.AcquireAsync();
        var other = handle.Reenter();
        await handle.DisposeAsync();
        var release = other.ReleaseAsync().AsTask();
        await _test.Grain.Release.WhenCalledAsync();
        var again = other.ReleaseAsync().AsTask();
        reply.SetResult(Replies.Released);

        Assert.Equal([ReleaseOutcome.Released, ReleaseOutcome.AlreadyReleased], await Task.WhenAll(release, again).OrTimeoutAsync("both"));
    }

    [Fact]
    public async Task Reenter_OfAReleasedHandle_ThrowsAndNamesTheRemedy()
    {
        var handle = await _test.AcquireAsync();
        var other = handle.Reenter();
        await handle.DisposeAsync();

        var message = Assert.Throws<ObjectDisposedException>(handle.Reenter).Message;
        Assert.Contains(TestClient.Key, message, StringComparison.Ordinal);
        Assert.Contains("acquire", message, StringComparison.Ordinal);
        await other.Reenter().DisposeAsync();
        await other.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(other.Reenter);
        Assert.Single(_test.Grain.Release.Calls);
    }

    [Fact]
    public async Task Reenter_OfAHandleThatIsKept_Throws()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { HoldFor = TimeSpan.FromMinutes(1) });
        var other = handle.Reenter();
        Assert.Equal(ReleaseOutcome.StillHeld, await handle.ReleaseAsync());
        Assert.Equal(ReleaseOutcome.Kept, await other.ReleaseAsync());

        Assert.Throws<ObjectDisposedException>(other.Reenter);
    }

    [Fact]
    public async Task Lost_AllHandlesAreTold_AndNoneCanBeMade()
    {
        _test.Grain.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        var handle = await _test.AcquireAsync();
        var other = handle.Reenter();
        _test.Time.Advance(TestClient.Third);

        await other.HandleLostToken.WhenCancelledAsync("the loss");
        Assert.Equal(EndReason.Revoked, Assert.Throws<LockLostException>(other.ThrowIfLost).End);
        Assert.Equal(EndReason.Revoked, Assert.Throws<LockLostException>(() => handle.Reenter()).End);
        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
        Assert.Equal(ReleaseOutcome.NotHeld, await other.ReleaseAsync());
    }

    [Fact]
    public async Task LostByTheClock_OnlyTheLastReleaseIsSent()
    {
        var handle = await _test.AcquireAsync(new AcquireOptions { Renew = false });
        var other = handle.Reenter();
        _test.Time.Advance(TestClient.Guaranteed);
        Assert.Equal(ReleaseOutcome.NotHeld, await handle.ReleaseAsync());
        Assert.Empty(_test.Grain.Release.Calls);

        Assert.Equal(ReleaseOutcome.NotHeld, await other.ReleaseAsync());
        await _test.Grain.Release.WhenCalledAsync();
    }

    /// <summary>Whoever is first, the other finds either a lock that is held or an exception.</summary>
    [Fact]
    public async Task ReenterAndDispose_AtTheSameTime_GiveAHeldLockOrThrow()
    {
        for (var turn = 0; turn < 500; turn++)
        {
            var test = new TestClient();
            test.Grain.Acquire.Reply(Replies.Granted());
            var handle = await test.Client.AcquireAsync(TestClient.Key);
            using var barrier = new Barrier(2);
            var reenter = OnThread(() =>
            {
                barrier.SignalAndWait();
                try
                {
                    return handle.Reenter();
                }
                catch (ObjectDisposedException)
                {
                    return null;
                }
            });
            var dispose = OnThread(() =>
            {
                barrier.SignalAndWait();
                handle.Dispose();
                return handle;
            });
            await dispose.OrTimeoutAsync("the disposal");
            var other = await reenter.OrTimeoutAsync("the other handle");

            Assert.Equal(other is null ? 1 : 0, test.Grain.Release.Calls.Count);
            if (other is null)
                continue;

            other.ThrowIfLost();
            Assert.Equal(ReleaseOutcome.Released, await other.ReleaseAsync());
        }

    }

    /// <summary>Two tasks that each enter and leave: the lock is released once, by whoever is last.</summary>
    [Fact]
    public async Task TwoTasks_EnterAndLeaveAtTheSameTime_ReleaseOnceAndLast()
    {
        for (var turn = 0; turn < 200; turn++)
        {
            var test = new TestClient();
            test.Grain.Acquire.Reply(Replies.Granted());
            var handle = await test.Client.AcquireAsync(TestClient.Key);
            using var barrier = new Barrier(2);
            var outcomes = await Task.WhenAll(OnThread(Work), OnThread(Work)).OrTimeoutAsync("both");

            Assert.All(outcomes, outcome => Assert.Equal(ReleaseOutcome.StillHeld, outcome));
            Assert.Empty(test.Grain.Release.Calls);
            Assert.Equal(ReleaseOutcome.Released, await handle.ReleaseAsync());

            ReleaseOutcome Work()
            {
                barrier.SignalAndWait();
                var mine = handle.Reenter();
                mine.ThrowIfLost();
                return mine.ReleaseAsync().AsTask().Result;
            }
        }
    }

    [Fact]
    public async Task FirstHandleReleasedAndDropped_OtherIsReferredTo_IsRenewed()
    {
        var other = await ReenterAndReleaseFirstAsync();
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);

        await _test.WhenRenewalArmedAsync();
        Assert.Single(_test.Grain.Renew.Calls);
        GC.KeepAlive(other);
    }

    /// <summary>The one that is referred to was released: it cannot release the share of the other.</summary>
    [Fact]
    public async Task OtherHandleForgotten_FirstIsReferredToButReleased_IsNotRenewed()
    {
        var handle = await _test.AcquireAsync();
        ReenterAndForget(handle);
        Assert.Equal(ReleaseOutcome.StillHeld, await handle.ReleaseAsync());
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);

        Assert.Contains(TestClient.Key, await _test.Log.WhenLoggedAsync(8), StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Renew.Calls);
        GC.KeepAlive(handle);
    }

    // Threads of their own: the pool may have one for both.
    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<LockHandle> ReenterAndReleaseFirstAsync()
    {
        await using var handle = await _test.AcquireAsync();
        return handle.Reenter();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReenterAndForget(LockHandle handle) => GC.KeepAlive(handle.Reenter());
}
