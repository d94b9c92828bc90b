using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>An acquire whose wait ends has an end itself, an attempt time-out later at the latest, whatever the cluster does.</summary>
public sealed class AnswerInTimeTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    private readonly TestClient _test = new();

    [Theory]
    [InlineData(5000, 4000)]
    [InlineData(500, 250)]
    [InlineData(100, 50)]
    [InlineData(20_000, 19_000)]
    public async Task TryAcquire_NothingIsAnswered_EndsAsUnknown(int attemptTimeout, int ofThatForTheCall)
    {
        _test.Grain.Cancel.Otherwise = null;
        var acquire = TryAsync(attemptTimeout);
        await _test.AdvanceToTimerAsync(Wait + TimeSpan.FromMilliseconds(ofThatForTheCall));
        await _test.Grain.Cancel.WhenCalledAsync();
        Assert.False(acquire.IsCompleted);
        await _test.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(attemptTimeout - ofThatForTheCall));

        Assert.True((await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end"))).MayHaveTakenEffect);
        Assert.Equal(Wait + TimeSpan.FromMilliseconds(attemptTimeout), _test.Time.Elapsed);
    }

    [Fact]
    public async Task TryAcquire_OnlyTheCancelIsAnswered_IsCertainlyNotAcquired()
    {
        var acquire = TryAsync(500);
        await _test.AdvanceToTimerAsync(Wait + TimeSpan.FromMilliseconds(250));

        Assert.Null(await acquire.OrTimeoutAsync("the end"));
        Assert.Equal(_test.Grain.Acquire.Calls[0].LeaseId, Assert.Single(_test.Grain.Cancel.Calls));
    }

    [Fact]
    public async Task TryAcquire_NoWaitAndNothingIsAnswered_EndsWithinTheAttemptTimeout()
    {
        _test.Grain.Cancel.Otherwise = null;
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(4));
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end"));
    }

    [Fact]
    public async Task TryAcquire_SiloDiesAndNobodyTakesOver_EndsInTime()
    {
        // Calls fail at once until the wait is over, and then there is only the cancel to wait for.
        var test = new TestClient(options => options.RetryDelay = options.RetryDelayMax = TimeSpan.FromSeconds(2));
        test.Grain.Acquire.Throw([.. Enumerable.Repeat(new SiloUnavailableException("it died"), 9)]);
        test.Grain.Cancel.Otherwise = null;
        var acquire = test.Client.TryAcquireAsync(TestClient.Key, Wait).AsTask();
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(2));
        await test.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));
        await test.Grain.Cancel.WhenCalledAsync();
        await test.AdvanceToTimerAsync(TestClient.AttemptTimeout);

        await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end"));
        Assert.Equal(Wait + TestClient.AttemptTimeout, test.Time.Elapsed);
    }

    [Fact]
    public async Task TryAcquire_GrantedLateAndConfirmationHangs_ReturnsWhatItHas()
    {
        var grant = _test.Grain.Acquire.Hang();
        _test.Grain.Renew.Hang();
        var options = new AcquireOptions { ConfirmLease = true };
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key, Wait, options).AsTask();
        await _test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(7));
        _test.Time.Advance(TimeSpan.FromSeconds(6.5));
        grant.SetResult(Replies.Granted());
        await _test.Grain.Renew.WhenCalledAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(0.5));

        Assert.NotNull(await acquire.OrTimeoutAsync("the handle"));
    }

    [Fact]
    public async Task TryAcquire_GrantedTooLate_IsGivenBackInTime()
    {
        var grant = _test.Grain.Acquire.Hang();
        _test.Grain.Renew.Otherwise = null;
        _test.Grain.Cancel.Otherwise = null;
        var acquire = _test.Client.TryAcquireAsync(TestClient.Key, Wait).AsTask();
        await _test.Time.WhenTimerDueInAsync(TimeSpan.FromSeconds(7));
        _test.Time.Advance(TimeSpan.FromSeconds(6));
        grant.SetResult(Replies.Granted(validForSeconds: 5));
        await _test.Grain.Renew.WhenCalledAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));
        await _test.Grain.Cancel.WhenCalledAsync();
        await _test.AdvanceToTimerAsync(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<LockUnavailableException>(() => acquire.OrTimeoutAsync("the end"));
        Assert.Equal(Wait + TestClient.AttemptTimeout, _test.Time.Elapsed);
    }

    [Fact]
    public async Task Acquire_ForEverWithAnAttemptTimeout_GivesEachCallThatLong()
    {
        _ = _test.Client.AcquireAsync(TestClient.Key, options: new AcquireOptions { AttemptTimeout = TimeSpan.FromSeconds(1) }).AsTask();
        await _test.AdvanceToTimerAsync(TestClient.Slice + TimeSpan.FromSeconds(1));
        await _test.AdvanceToTimerAsync(TestClient.RetryDelay);

        Assert.Equal(await _test.Grain.Acquire.WhenCalledAsync(2), _test.Grain.Acquire.Calls[0]);
    }

    private Task<LockHandle?> TryAsync(int attemptTimeout) => _test.Client.TryAcquireAsync(
        TestClient.Key, Wait, new AcquireOptions { AttemptTimeout = TimeSpan.FromMilliseconds(attemptTimeout) }).AsTask();
}
