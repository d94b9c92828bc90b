using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>What people read, in exceptions and in the log.</summary>
public sealed class MessageTests
{
    private const int HandleLost = 7;

    private readonly TestClient _test = new();

    [Fact]
    public async Task Timeout_WhoseCancelTookLonger_NamesTheWaitThatWasAskedFor()
    {
        _test.Grain.Acquire.Throw([.. Enumerable.Repeat(new TimeoutException(), 9)]);
        var cancel = _test.Grain.Cancel.Hang();
        var acquire = _test.Client.AcquireAsync(TestClient.Key, TestClient.RetryDelay).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);
        await _test.Grain.Cancel.WhenCalledAsync();
        _test.Time.Advance(TimeSpan.FromSeconds(4.589));
        cancel.SetResult(Replies.Cancelled());

        var exception = await Assert.ThrowsAsync<LockTimeoutException>(() => acquire.OrTimeoutAsync("the end of the wait"));
        Assert.Equal($"The lock '{TestClient.Key}' was not acquired within 0.05 s.", exception.Message);
        Assert.Equal(TestClient.RetryDelay, exception.Waited);
    }

    [Fact]
    public async Task Loss_ByTheOwnClock_IsToldInWords()
    {
        await _test.AcquireAsync(new AcquireOptions { Renew = false });
        _test.Time.Advance(TestClient.Guaranteed);

        Assert.Equal($"Lock '{TestClient.Key}' (fencing token {Replies.Token}) is lost: it was not renewed in time.", await _test.Log.WhenLoggedAsync(HandleLost));
    }

    [Theory]
    [InlineData(EndReason.Expired, "the silo says that its lease ran out")]
    [InlineData(EndReason.Revoked, "an operator revoked it")]
    [InlineData(EndReason.Released, "it was released")]
    [InlineData(EndReason.None, "the silo says that it is not held under this token")]
    public async Task Loss_ThatTheSiloTells_IsToldInWords(EndReason end, string why)
    {
        await _test.AcquireAsync();
        _test.Grain.Renew.Reply(Replies.NotHeld(end));
        _test.Time.Advance(TestClient.Third);

        Assert.EndsWith($"is lost: {why}.", await _test.Log.WhenLoggedAsync(HandleLost), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RenewalUnknown_WithoutADetail_SaysWhatFailed()
    {
        const int RenewalUnknown = 5;
        await _test.AcquireAsync();
        _test.Grain.Renew.Throw(new TimeoutException("no response in 5 s"));
        _test.Time.Advance(TestClient.Third);

        Assert.EndsWith("outcome unknown; guaranteed for another 19.6 s. no response in 5 s", await _test.Log.WhenLoggedAsync(RenewalUnknown), StringComparison.Ordinal);
    }
}
