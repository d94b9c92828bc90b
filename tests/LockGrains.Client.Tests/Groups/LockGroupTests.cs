using System.Runtime.CompilerServices;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests.Groups;

/// <summary>Several locks that are held together: what their one object tells, and its end.</summary>
public sealed class LockGroupTests
{
    private readonly TestClient _test = new();
    private readonly ScriptedLockGrain _a;
    private readonly ScriptedLockGrain _b;

    public LockGroupTests() => (_a, _b) = (_test.Lock("a"), _test.Lock("b"));

    [Fact]
    public async Task TokenOf_EachKey_IsThatLocksOwn()
    {
        await using var group = await AcquireAsync();

        Assert.Equal((101, 102), (group.TokenOf("a"), group.TokenOf("b")));
        Assert.Contains("'c'", Assert.Throws<KeyNotFoundException>(() => group.TokenOf("c")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remaining_LocksDiffer_IsTheLeast()
    {
        _a.Acquire.Reply(Replies.Granted(validForSeconds: 30));
        _b.Acquire.Reply(Replies.Granted(validForSeconds: 10));
        await using var group = await _test.Client.AcquireAllAsync(["a", "b"], options: new AcquireOptions { Renew = false });

        Assert.Equal(group.Handles[1].Remaining, group.Remaining);
        Assert.True(group.Remaining < group.Handles[0].Remaining);
    }

    [Fact]
    public async Task OneIsLost_TellsTheGroupAndNamesIt()
    {
        await using var group = await AcquireAsync();
        _b.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        _test.Time.Advance(TestClient.Third);

        await group.HandleLostToken.WhenCancelledAsync("the loss of one");
        Assert.True(group.AtRiskToken.IsCancellationRequested);
        Assert.Equal("b", Assert.Throws<LockLostException>(group.ThrowIfLost).Key);
        Assert.Equal(TimeSpan.Zero, group.Remaining);
        Assert.False(await group.VerifyAsync());
        group.Handles[0].ThrowIfLost();
        Assert.Equal(ReleaseOutcome.NotHeld, await group.ReleaseAsync());
        Assert.Single(_a.Release.Calls);
        Assert.Empty(_b.Release.Calls);
    }

    [Fact]
    public async Task OneIsAtRisk_WarnsTheGroup()
    {
        _b.Renew.Otherwise = null;
        await using var group = await AcquireAsync();
        await _test.AdvanceToTimerAsync(TestClient.Third);
        _test.Time.Advance(TestClient.Third);

        await group.AtRiskToken.WhenCancelledAsync("the warning of one");
        Assert.False(group.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task OneIsLost_CallbackOnItsOwnTokenBlocks_TellsTheGroupAllTheSame()
    {
        using var open = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var group = await AcquireAsync();
        await using var registration = group.Handles[1].HandleLostToken.Register(() =>
        {
            blocked.SetResult();
            open.Wait();
        });
        _b.Renew.Reply(Replies.NotHeld(EndReason.Revoked));
        _test.Time.Advance(TestClient.Third);

        try
        {
            await blocked.Task.OrTimeoutAsync("the callback that blocks");
            await group.HandleLostToken.WhenCancelledAsync("the group's token, beside it");
        }
        finally
        {
            open.Set();
        }
    }

    [Fact]
    public async Task Verify_AskedForAll_IsTrueOnlyIfEachIs()
    {
        await using var group = await AcquireAsync();
        Assert.True(await group.VerifyAsync());
        _a.Verify.Throw(new TimeoutException());
        _b.Verify.Reply(Replies.Verified(VerifyStatus.NotHeld));
        var verify = group.VerifyAsync().AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.False(await verify.OrTimeoutAsync("the reply"));
        Assert.Equal((3, 2), (_a.Verify.Calls.Count, _b.Verify.Calls.Count));
    }

    [Fact]
    public async Task Dispose_Held_ReleasesAllAtOnce()
    {
        var (first, second) = (_a.Release.Hang(), _b.Release.Hang());
        var group = await AcquireAsync();
        var dispose = group.DisposeAsync().AsTask();
        await _a.Release.WhenCalledAsync();
        await _b.Release.WhenCalledAsync();
        Assert.False(dispose.IsCompleted);
        first.SetResult(Replies.Released);
        second.SetResult(Replies.Released);
        await dispose.OrTimeoutAsync("the disposal");

        Assert.Equal(ReleaseOutcome.AlreadyReleased, await group.ReleaseAsync());
        group.Dispose();
        Assert.Single(_a.Release.Calls);
        Assert.False(group.HandleLostToken.IsCancellationRequested);
        Assert.Equal(EndReason.Released, Assert.Throws<LockLostException>(group.ThrowIfLost).End);
        await _test.Time.WhenTimersAtMostAsync(0);
    }

    [Fact]
    public async Task Release_OneUnconfirmed_SaysUnknown()
    {
        var group = await AcquireAsync();
        _ = _b.Release.Hang();
        var release = group.ReleaseAsync().AsTask();

        // The call's own time-out, and that of who waits for it.
        await _test.Time.WhenTimersDueInAsync(TestClient.AttemptTimeout, 2);
        _test.Time.Advance(TestClient.AttemptTimeout);
        Assert.Equal(ReleaseOutcome.Unknown, await release.OrTimeoutAsync("the outcome"));
    }

    [Fact]
    public async Task Release_OneOfThemBefore_TheOthersAreHeldAndTheGroupIsNotWhole()
    {
        await using var group = await AcquireAsync();
        Assert.Equal(ReleaseOutcome.Released, await group.Handles[0].ReleaseAsync());

        Assert.Equal("a", Assert.Throws<LockLostException>(group.ThrowIfLost).Key);
        Assert.Equal(TimeSpan.Zero, group.Remaining);
        Assert.False(await group.VerifyAsync());
        group.Handles[1].ThrowIfLost();
        Assert.Equal(ReleaseOutcome.Released, await group.ReleaseAsync());
        Assert.Single(_a.Release.Calls);
    }

    [Fact]
    public async Task Group_ForgottenThoughItsTokenIsWatched_IsNotRenewedAndTellsItsLoss()
    {
        var lost = await AcquireAndForgetAsync();
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);
        await _test.Log.WhenLoggedAsync(8);
        Assert.False(lost.IsCancellationRequested);
        _test.Time.Advance(TestClient.Guaranteed - TestClient.Third);

        await lost.WhenCancelledAsync("the loss");
        Assert.Empty(_a.Renew.Calls.Concat(_b.Renew.Calls));
    }

    [Fact]
    public async Task Group_ReferredTo_IsRenewed()
    {
        var group = await AcquireAsync();
        Garbage.Collect();
        _test.Time.Advance(TestClient.Third);

        await _a.Renew.WhenCalledAsync();
        await _b.Renew.WhenCalledAsync();
        GC.KeepAlive(group);
    }

    private async Task<LockGroup> AcquireAsync()
    {
        _a.Acquire.Reply(Replies.Granted() with { FencingToken = 101 });
        _b.Acquire.Reply(Replies.Granted() with { FencingToken = 102 });
        var group = await _test.Client.AcquireAllAsync(["a", "b"]);
        await _test.Time.WhenTimersDueInAsync(TestClient.Third, 2);
        return group;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<CancellationToken> AcquireAndForgetAsync() => (await AcquireAsync()).HandleLostToken;
}
