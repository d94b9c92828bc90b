using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>The limit of a key: an operator sets it, and whoever asks for more learns that at once.</summary>
public sealed class LimitTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task SetLimit_Whatever_ReplacesTheVersionThatItFinds()
    {
        _test.Grain.Info.Otherwise = new LockInfo { Known = true, Limit = 3, LimitVersion = 7 };
        _test.Grain.SetLimit.Reply(Replies.Limit(5, 8), Replies.Limit(null, 8));
        var set = await _test.Client.SetLimitAsync(TestClient.Key, 5);
        await _test.Client.SetLimitAsync(TestClient.Key, null);

        Assert.Equal((LimitStatus.Current, (int?)5), (set.Status, set.Limit));
        Assert.Equal([((int?)5, 7L), (null, 7L)], _test.Grain.SetLimit.Calls);
    }

    [Fact]
    public async Task SetLimit_WhateverAndAnotherWasQuicker_ReplacesThatOne()
    {
        _test.Grain.Info.Otherwise = new LockInfo { Known = true, LimitVersion = 7 };
        _test.Grain.SetLimit.Reply(Replies.Limit(4, 8, LimitStatus.Conflict), Replies.Limit(5, 9));

        Assert.Equal(LimitStatus.Current, (await _test.Client.SetLimitAsync(TestClient.Key, 5)).Status);
        Assert.Equal([((int?)5, 7L), (5, 8L)], _test.Grain.SetLimit.Calls);
    }

    [Fact]
    public async Task SetLimit_ExpectedAndAnotherWasQuicker_IsAConflict()
    {
        _test.Grain.Info.Otherwise = new LockInfo { Known = true, LimitVersion = 7 };
        _test.Grain.SetLimit.Reply(Replies.Limit(4, 8, LimitStatus.Conflict));

        Assert.Equal((LimitStatus.Conflict, (int?)4), await _test.Client.SetLimitAsync(TestClient.Key, 5, expected: 0) is { } reply ? (reply.Status, reply.Limit) : default);
        Assert.Single(_test.Grain.SetLimit.Calls);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    [InlineData(0, false)]
    public async Task SetLimit_Expected_IsSetOnlyIfItIsThat(int expected, bool isSet)
    {
        _test.Grain.Info.Otherwise = new LockInfo { Known = true, Limit = 3, LimitVersion = 7 };
        _test.Grain.SetLimit.Reply(Replies.Limit(5, 8));
        var reply = await _test.Client.SetLimitAsync(TestClient.Key, 5, expected);

        Assert.Equal(isSet ? LimitStatus.Current : LimitStatus.Conflict, reply.Status);
        Assert.Equal(isSet ? 5 : 3, reply.Limit);
        Assert.Equal(isSet ? 1 : 0, _test.Grain.SetLimit.Calls.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public async Task SetLimit_OutOfRange_ThrowsBeforeACall(int limit)
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _test.Client.SetLimitAsync(TestClient.Key, limit).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _test.Client.SetLimitAsync(TestClient.Key, 1, -1).AsTask());

        Assert.Empty(_test.Grain.Info.Calls);
        Assert.Empty(_test.Grain.SetLimit.Calls);
    }

    [Fact]
    public async Task Acquire_OverTheLimit_ThrowsThat()
    {
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.Limit, "Permits is 4; the limit of the key is 3."));
        var problem = await Assert.ThrowsAsync<LockLimitException>(() => _test.Client.TryAcquirePermitsAsync(TestClient.Key, permits: 4, limit: 5).AsTask());

        Assert.Equal((TestClient.Key, 4), (problem.Key, problem.Permits));
        Assert.Equal("The lock 'orders/42' can never grant 4 permits. Permits is 4; the limit of the key is 3.", problem.Message);
        Assert.Empty(_test.Grain.Cancel.Calls);
    }
}
