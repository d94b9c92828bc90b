using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>The downgrade of a hold: its owner has less from the call on, whatever the silo has heard of it.</summary>
public sealed class DowngradeTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Downgrade_Exclusive_SharesAndKeepsTheToken()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Shared));
        await handle.DowngradeAsync();

        var request = Assert.Single(_test.Grain.Downgrade.Calls);
        Assert.Equal((_test.Grain.Acquire.Calls[0].LeaseId, 1, LockMode.Shared, 1), (request.LeaseId, request.Change, request.Mode, request.Permits));
        Assert.Equal((LockMode.Shared, Replies.Token), (handle.Mode, handle.FencingToken));
    }

    [Fact]
    public async Task Downgrade_Permits_KeepsTheLowestNumbers()
    {
        _test.Grain.Acquire.Reply(Replies.Granted() with { PermitNumbers = [1, 3, 4] });
        _test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Shared, permits: 2));
        await using var handle = await _test.Client.AcquirePermitsAsync(TestClient.Key, permits: 3, limit: 5);
        await handle.DowngradeAsync(permits: 2);

        Assert.Equal(2, handle.Permits);
        Assert.Equal<int>([1, 3], handle.PermitNumbers);
    }

    [Fact]
    public async Task Downgrade_BeforeTheReply_HasLessAlready()
    {
        await using var handle = await _test.AcquireAsync();
        var reply = _test.Grain.Downgrade.Hang();
        var downgrade = handle.DowngradeAsync().AsTask();
        await _test.Grain.Downgrade.WhenCalledAsync();

        Assert.Equal(LockMode.Shared, handle.Mode);
        reply.SetResult(Replies.Changed(LockMode.Shared));
        await downgrade;
    }

    [Theory]
    [InlineData(LockMode.Shared, LockMode.Exclusive, 1, "Mode is Exclusive; it must be a part of Shared, which is held.")]
    [InlineData(LockMode.Shared, LockMode.Upgradeable, 1, "Mode is Upgradeable; it must be a part of Shared, which is held.")]
    [InlineData(LockMode.Upgradeable, LockMode.Exclusive, 1, "Mode is Exclusive; it must be a part of Upgradeable, which is held.")]
    [InlineData(LockMode.Shared, LockMode.Shared, 2, "Permits is 2; it must be from 1 to 1, which are held.")]
    [InlineData(LockMode.Shared, LockMode.Shared, 0, "Permits is 0; it must be from 1 to 1000000.")]
    [InlineData(LockMode.Exclusive, LockMode.None, 1, "Mode is None; it must be Exclusive, Shared or Upgradeable.")]
    public async Task Downgrade_ToMore_ThrowsBeforeACall(LockMode held, LockMode mode, int permits, string message)
    {
        await using var handle = await _test.AcquireAsync(new AcquireOptions { Mode = held });
        var problem = await Assert.ThrowsAsync<ArgumentException>(() => handle.DowngradeAsync(mode, permits).AsTask());

        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal(held, handle.Mode);
        Assert.Empty(_test.Grain.Downgrade.Calls);
    }

    [Fact]
    public async Task Downgrade_AnotherHandleIsOpen_ThrowsBeforeACall()
    {
        await using var handle = await _test.AcquireAsync();
        var other = handle.Reenter();
        await Assert.ThrowsAsync<InvalidOperationException>(() => handle.DowngradeAsync().AsTask());
        Assert.Equal(LockMode.Exclusive, other.Mode);
        Assert.Empty(_test.Grain.Downgrade.Calls);

        await other.DisposeAsync();
        _test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Shared));
        await handle.DowngradeAsync();
        Assert.Equal(LockMode.Shared, handle.Mode);
    }

    [Fact]
    public async Task Downgrade_IsNotHeld_TellsTheLoss()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.Downgrade.Reply(new ChangeReply { Status = ChangeStatus.NotHeld, End = EndReason.Revoked });
        var problem = await Assert.ThrowsAsync<LockLostException>(() => handle.DowngradeAsync().AsTask());

        Assert.Equal(EndReason.Revoked, problem.End);
        Assert.True(handle.HandleLostToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Downgrade_Refused_ThrowsWhatTheSiloSays()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.Downgrade.Reply(new ChangeReply { Status = ChangeStatus.Refused, Detail = "Change is 1; it is too late." });
        var problem = await Assert.ThrowsAsync<ArgumentException>(() => handle.DowngradeAsync().AsTask());

        Assert.Equal("The silo refused the downgrade of the lock 'orders/42': Change is 1; it is too late.", problem.Message);
        Assert.Equal(LockMode.Shared, handle.Mode);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task Downgrade_NobodyCanSay_ThrowsUnavailableAndHasLessAlready()
    {
        var test = new TestClient(options =>
        {
            options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(3);
            options.UnavailableTimeout = TimeSpan.FromSeconds(9);
        });
        await using var handle = await test.AcquireAsync();
        test.Grain.Downgrade.Otherwise = new ChangeReply { Status = ChangeStatus.Unknown, Detail = "storage is away" };
        var downgrade = handle.DowngradeAsync(LockMode.Upgradeable).AsTask();
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(3));

        var problem = await Assert.ThrowsAsync<LockUnavailableException>(() => downgrade.OrTimeoutAsync("the end of patience"));
        Assert.True(problem.MayHaveTakenEffect);
        Assert.Equal(TestClient.Key, problem.Key);
        Assert.Equal(LockMode.Upgradeable, handle.Mode);
        handle.ThrowIfLost();

        test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Shared));
        await handle.DowngradeAsync();
        Assert.Equal([1, 1, 1, 2], test.Grain.Downgrade.Calls.Select(request => request.Change));
        Assert.Equal(LockMode.Shared, handle.Mode);
    }

    [Fact]
    public async Task Downgrade_Unknown_IsRepeatedWithTheSameNumber()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.Downgrade.Reply(new ChangeReply { Status = ChangeStatus.Unknown, Detail = "storage is away" }, Replies.Changed(LockMode.Shared));
        var downgrade = handle.DowngradeAsync().AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await downgrade;

        Assert.Equal([1, 1], _test.Grain.Downgrade.Calls.Select(request => request.Change));
    }

    [Fact]
    public async Task Downgrade_Again_HasTheNextNumber()
    {
        await using var handle = await _test.AcquireAsync();
        _test.Grain.Downgrade.Reply(Replies.Changed(LockMode.Upgradeable), Replies.Changed(LockMode.Shared));
        await handle.DowngradeAsync(LockMode.Upgradeable);
        await handle.DowngradeAsync();

        Assert.Equal([1, 2], _test.Grain.Downgrade.Calls.Select(request => request.Change));
        Assert.Equal(LockMode.Shared, handle.Mode);
    }
}
