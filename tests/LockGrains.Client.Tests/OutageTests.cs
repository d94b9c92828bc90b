using LockGrains.Client.Tests.Fakes;
using Microsoft.Extensions.Logging;

namespace LockGrains.Client.Tests;

/// <summary>The cluster is away: how often it is asked, what is logged, and how soon it is found again.</summary>
public sealed class OutageTests
{
    private const int Callers = 50;

    private readonly SiloUnavailableException _failure = new("nobody is there");
    private readonly TestClient _test = new(options => options.RetryDelayMax = options.RetryDelay, isLogOnTime: true);

    [Fact]
    public async Task Log_Of25SecondsAndFiftyCallers_IsFourLines()
    {
        _test.Grain.Acquire.Otherwise = Replies.Unknown;
        var acquires = Start();
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(25); passed += TestClient.RetryDelay)
        {
            await _test.Time.WhenTimersDueInAsync(TestClient.RetryDelay, Callers);
            _test.Time.Advance(TestClient.RetryDelay);
        }

        await _test.Time.WhenTimersDueInAsync(TestClient.RetryDelay, Callers);
        _test.Grain.Acquire.Otherwise = Replies.Granted();
        _test.Time.Advance(TestClient.RetryDelay);
        await Task.WhenAll(acquires).OrTimeoutAsync("the grants");
        _test.Time.Advance(TimeSpan.FromSeconds(1.95));
        await _test.Client.GetInfoAsync(TestClient.Key);

        Assert.Equal(
            [
                (12, "The cluster gives no usable answer; calls are repeated. The silo could not say. storage is away"),
                (12, "The cluster gives no usable answer; calls are repeated. The silo could not say. storage is away … 9998 more in 10 s"),
                (12, "The cluster gives no usable answer; calls are repeated. The silo could not say. storage is away … 9999 more in 10 s"),
                (13, "The cluster answers again, after 25050 failed calls in 27.0 s."),
            ],
            _test.Log.Entries.Where(entry => entry.Level >= LogLevel.Information).Select(entry => (entry.Id, entry.Text)));
    }

    [Fact]
    public async Task Calls_WithoutAGateway_AreTwoASecondHoweverManyCallers()
    {
        _test.Grain.Acquire.Throw([.. Enumerable.Repeat(_failure, 100_000)]);
        LoseAllGateways();
        _ = Start();
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(11); passed += TestClient.RetryDelay)
        {
            await _test.Time.WhenTimersArmedAsync(Callers);
            _test.Time.Advance(TestClient.RetryDelay);
        }

        Assert.InRange(_test.Grain.Acquire.Calls.Count, 10, 21);
    }

    [Fact]
    public async Task Gateway_ThatIsBack_IsUsedByAllAtOnce()
    {
        _ = _test.Grain.Acquire.Hang();
        LoseAllGateways();
        var acquires = Start();
        await _test.Time.WhenTimersDueInAsync(TimeSpan.FromMilliseconds(550), Callers - 1);
        Assert.Single(_test.Grain.Acquire.Calls);

        _test.Grain.Acquire.Otherwise = Replies.Granted();
        _test.Gateways.NotifyGatewayCountChanged(1, 0, connectionRecovered: true);
        await Task.WhenAll(acquires[1..]).OrTimeoutAsync("the grants");
    }

    [Fact]
    public async Task Call_WithoutAGateway_IsGivenUpAfterATurnAndSaysWhy()
    {
        _ = _test.Grain.Info.Hang();
        LoseAllGateways();
        _ = _test.Client.GetInfoAsync(TestClient.Key).AsTask();
        var revocation = _test.Client.RevokeAsync(TestClient.Key).AsTask();
        await _test.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(550));

        var exception = await Assert.ThrowsAsync<LockUnavailableException>(() => revocation.OrTimeoutAsync("the end of patience"));
        Assert.Contains("No gateway of the cluster can be reached", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Revoke.Calls);
    }

    [Fact]
    public async Task GatewayCount_ToldOutOfOrder_IsNotTakenForNone()
    {
        // The second connection was opened before the first was closed, but that was told last.
        _test.Gateways.NotifyGatewayCountChanged(0, 1, connectionRecovered: false);
        _test.Gateways.NotifyGatewayCountChanged(1, 2, connectionRecovered: false);
        _ = _test.Client.GetInfoAsync(TestClient.Key).AsTask();
        _ = _test.Client.GetInfoAsync(TestClient.Key).AsTask();

        await _test.Grain.Info.WhenCalledAsync(2);
    }

    private Task<LockHandle>[] Start() =>
        [.. Enumerable.Range(0, Callers).Select(_ => _test.Client.AcquireAsync(TestClient.Key).AsTask())];

    private void LoseAllGateways()
    {
        for (var left = 2; left >= 0; left--)
            _test.Gateways.NotifyGatewayCountChanged(left, left + 1, connectionRecovered: false);
    }
}
