using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>What an acquire of a shared lock asks for, and what its handle then says.</summary>
public sealed class SharedTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task Acquire_Plain_AsksForTheLockAlone()
    {
        await using var handle = await _test.AcquireAsync();
        var request = Assert.Single(_test.Grain.Acquire.Calls);

        Assert.Equal((LockMode.Exclusive, 1, (int?)null), (request.Mode, request.Permits, request.Limit));
        Assert.Equal((LockMode.Exclusive, 1, 0), (handle.Mode, handle.Permits, handle.PermitNumbers.Length));
    }

    [Fact]
    public async Task AcquireShared_Free_AsksToShare()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(), Replies.Granted());
        await using var handle = await _test.Client.AcquireSharedAsync(TestClient.Key);
        await using var other = await _test.Client.TryAcquireSharedAsync(TestClient.Key, options: new AcquireOptions { OwnerId = "reader" });

        Assert.All(_test.Grain.Acquire.Calls, request => Assert.Equal((LockMode.Shared, 1, (int?)null), (request.Mode, request.Permits, request.Limit)));
        Assert.Equal("reader", _test.Grain.Acquire.Calls[1].OwnerId);
        Assert.Equal((LockMode.Shared, LockMode.Shared), (handle.Mode, other!.Mode));
    }

    [Fact]
    public async Task AcquireUpgradeable_Free_AsksForThat()
    {
        _test.Grain.Acquire.Reply(Replies.Granted(), Replies.Granted());
        await using var handle = await _test.Client.AcquireUpgradeableAsync(TestClient.Key);
        await using var other = await _test.Client.TryAcquireUpgradeableAsync(TestClient.Key);

        Assert.All(_test.Grain.Acquire.Calls, request => Assert.Equal(LockMode.Upgradeable, request.Mode));
        Assert.Equal((LockMode.Upgradeable, LockMode.Upgradeable), (handle.Mode, other!.Mode));
    }

    [Fact]
    public async Task AcquirePermits_Granted_HandleHasTheirNumbers()
    {
        _test.Grain.Acquire.Reply(Replies.Granted() with { PermitNumbers = [0, 2] }, Replies.Denied(DenyReason.Busy));
        await using var handle = await _test.Client.AcquirePermitsAsync(TestClient.Key, permits: 2, limit: 3);
        var request = Assert.Single(_test.Grain.Acquire.Calls);

        Assert.Equal((LockMode.Shared, 2, (int?)3), (request.Mode, request.Permits, request.Limit));
        Assert.Equal((LockMode.Shared, 2), (handle.Mode, handle.Permits));
        Assert.Equal<int>([0, 2], handle.PermitNumbers);
        Assert.Null(await _test.Client.TryAcquirePermitsAsync(TestClient.Key, permits: 2, limit: 3));
    }

    [Theory]
    [InlineData(0, 3, "Permits is 0; it must be from 1 to 1000000.")]
    [InlineData(-1, 3, "Permits is -1")]
    [InlineData(4, 3, "Permits is 4 and Limit is 3; it must be at most the limit.")]
    [InlineData(1, 0, "Limit is 0; it must be from 1 to 1000000, or none.")]
    [InlineData(1, -2, "Limit is -2; it must be from 1 to 1000000, or none.")]
    [InlineData(1, 1_000_001, "Limit is 1000001")]
    public async Task AcquirePermits_OutOfRange_ThrowsBeforeACall(int permits, int limit, string message)
    {
        var problem = await Assert.ThrowsAnyAsync<ArgumentException>(() => _test.Client.AcquirePermitsAsync(TestClient.Key, permits, limit).AsTask());

        Assert.StartsWith(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal("options", problem.ParamName);
        Assert.Empty(_test.Grain.Acquire.Calls);
    }

    [Fact]
    public async Task Acquire_PermitsWithoutSharing_ThrowsBeforeACall()
    {
        var permits = await Assert.ThrowsAnyAsync<ArgumentException>(
            () => _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { Permits = 2 }).AsTask());
        var limit = await Assert.ThrowsAnyAsync<ArgumentException>(
            () => _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { Mode = LockMode.Upgradeable, Limit = 2 }).AsTask());
        var mode = await Assert.ThrowsAnyAsync<ArgumentException>(
            () => _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { Mode = (LockMode)9 }).AsTask());

        Assert.StartsWith("Permits is 2 and Mode is Exclusive; only a shared hold takes more than one permit.", permits.Message, StringComparison.Ordinal);
        Assert.StartsWith("Limit is 2 and Mode is Upgradeable; only a shared request has a limit.", limit.Message, StringComparison.Ordinal);
        Assert.StartsWith("Mode is 9; it must be Exclusive, Shared or Upgradeable.", mode.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Acquire.Calls);
    }

    [Fact]
    public async Task AcquireAll_TargetsDiffer_EachAsksForItsOwn()
    {
        foreach (var key in (string[])["a", "b", "c"])
            _test.Lock(key).Acquire.Reply(Replies.Granted());
        await using var group = await _test.Client.AcquireAllAsync(
            [new LockTarget("c") { Mode = LockMode.Exclusive }, "a", new LockTarget("b") { Permits = 2, Limit = 5 }],
            options: new AcquireOptions { Mode = LockMode.Shared });

        Assert.Equal((LockMode.Shared, 1, (int?)null), Asked("a"));
        Assert.Equal((LockMode.Shared, 2, (int?)5), Asked("b"));
        Assert.Equal((LockMode.Exclusive, 1, (int?)null), Asked("c"));

        (LockMode, int, int?) Asked(string key)
        {
            var request = Assert.Single(_test.Lock(key).Acquire.Calls);
            return (request.Mode, request.Permits, request.Limit);
        }
    }
}
