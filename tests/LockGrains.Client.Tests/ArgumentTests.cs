using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Wrong arguments are refused by the call itself, not by its task, and before any message is sent.</summary>
public sealed class ArgumentTests
{
    private readonly TestClient _test = new();

    public static TheoryData<string?> BadKeys => new(
        null, "", " ", "\u3000", "\u00A0\u2028", "a\nb", "\uD800", new string('x', LockKey.MaxBytes + 1), new string('é', 257));

    public static TheoryData<TimeSpan> BadWaits => new(
        TimeSpan.FromTicks(-1), TimeSpan.FromMilliseconds(-2), TimeSpan.MinValue, TimeSpan.MaxValue,
        TimeSpan.FromDays(365) + TimeSpan.FromTicks(1));

    public static TheoryData<TimeSpan> BadLeases => new(
        TimeSpan.Zero, TimeSpan.FromTicks(-1), Timeout.InfiniteTimeSpan, TimeSpan.MaxValue,
        TimeSpan.FromHours(24) + TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(50));

    public static TheoryData<TimeSpan> BadAttemptTimeouts => new(
        TimeSpan.Zero, Timeout.InfiniteTimeSpan, TimeSpan.FromMilliseconds(100) - TimeSpan.FromTicks(1),
        TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1), TimeSpan.MaxValue, TimeSpan.MinValue);

    [Theory]
    // Not at discovery: that would write the lone surrogate as UTF-8 and read something else.
    [MemberData(nameof(BadKeys), DisableDiscoveryEnumeration = true)]
    public void Any_BadKey_ThrowsAtOnce(string? key)
    {
        Action[] calls =
        [
            () => _ = _test.Client.AcquireAsync(key!).AsTask(),
            () => _ = _test.Client.TryAcquireAsync(key!).AsTask(),
            () => _ = _test.Client.GetInfoAsync(key!).AsTask(),
            () => _ = _test.Client.RevokeAsync(key!).AsTask(),
        ];
        foreach (var call in calls)
            Assert.Equal("key", Assert.ThrowsAny<ArgumentException>(call).ParamName);
        AssertNoCall();
    }

    [Theory]
    [MemberData(nameof(BadWaits))]
    public void Acquire_BadWait_ThrowsAtOnceWithValueAndRange(TimeSpan wait)
    {
        Action[] calls =
        [
            () => _ = _test.Client.AcquireAsync("k", wait).AsTask(),
            () => _ = _test.Client.TryAcquireAsync("k", wait).AsTask(),
        ];
        foreach (var call in calls)
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(call);
            Assert.Equal("wait", exception.ParamName);
            Assert.Equal(wait, exception.ActualValue);
            Assert.Contains("365 days", exception.Message, StringComparison.Ordinal);
        }

        AssertNoCall();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(365L * 24 * 3600 * 1000)]
    public void TryAcquire_WaitAtItsLimits_IsSent(long milliseconds)
    {
        _ = _test.Client.TryAcquireAsync("k", TimeSpan.FromMilliseconds(milliseconds)).AsTask();

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Assert.Single(_test.Grain.Acquire.Calls).Wait);
    }

    [Theory]
    [MemberData(nameof(BadLeases))]
    public void Acquire_BadLease_ThrowsAtOnceWithValueAndRange(TimeSpan lease) =>
        AssertRefused(new AcquireOptions { Lease = lease }, nameof(AcquireOptions.Lease), lease);

    [Theory]
    [MemberData(nameof(BadAttemptTimeouts))]
    public void Acquire_BadAttemptTimeout_ThrowsAtOnceWithValueAndRange(TimeSpan timeout) =>
        AssertRefused(new AcquireOptions { AttemptTimeout = timeout }, nameof(AcquireOptions.AttemptTimeout), timeout);

    [Theory]
    [InlineData(100)]
    [InlineData(24 * 3600 * 1000)]
    public void Acquire_LeaseAtItsLimits_IsSent(int milliseconds)
    {
        var lease = TimeSpan.FromMilliseconds(milliseconds);
        _ = _test.Client.AcquireAsync("k", options: new AcquireOptions { Lease = lease }).AsTask();

        Assert.Equal(lease, Assert.Single(_test.Grain.Acquire.Calls).Lease);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60 * 1000)]
    public void Acquire_AttemptTimeoutAtItsLimits_IsSent(int milliseconds)
    {
        var options = new AcquireOptions { AttemptTimeout = TimeSpan.FromMilliseconds(milliseconds) };
        _ = _test.Client.AcquireAsync("k", options: options.Validate()).AsTask();

        Assert.Single(_test.Grain.Acquire.Calls);
    }

    [Fact]
    public void Acquire_OwnerIdTooLong_ThrowsAtOnce() =>
        AssertRefused(new AcquireOptions { OwnerId = new string('é', 65) }, "128 bytes", null);

    [Fact]
    public void Acquire_OwnerIdIllFormed_ThrowsAtOnce()
    {
        AssertRefused(new AcquireOptions { OwnerId = "half an emoji \uD83D" }, "well-formed", null);
        AssertRefused(new AcquireOptions { OwnerId = "\uDD12 the other half" }, "well-formed", null);
    }

    [Fact]
    public void Validate_CountsWithTheClient()
    {
        var options = new AcquireOptions { Lease = TimeSpan.FromSeconds(1) };
        Assert.Same(options, options.Validate());
        Assert.Equal("job", Assert.Throws<ArgumentOutOfRangeException>(() =>
            options.Validate(new LockClientOptions { SafetyMargin = TimeSpan.FromSeconds(1) }, "job")).ParamName);
        Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() =>
            options.Validate(new LockClientOptions { DriftRate = 1 }));
    }

    [Fact]
    public void Revoke_NegativeToken_ThrowsAtOnce()
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(() => { _ = _test.Client.RevokeAsync("k", -1).AsTask(); });
        Assert.Equal("fencingToken", exception.ParamName);
        Assert.Empty(_test.Grain.Revoke.Calls);
    }

    [Fact]
    public async Task Acquire_BadArgumentAndCancelledToken_ThrowsTheArgument()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        Assert.Throws<ArgumentException>(() => { _ = _test.Client.AcquireAsync("", cancellationToken: source.Token).AsTask(); });
    }

    /// <summary>By the call, and by the check that is there for those who have no client yet, in the same words.</summary>
    private void AssertRefused(AcquireOptions options, string rule, object? value)
    {
        Action[] calls =
        [
            () => _ = _test.Client.AcquireAsync("k", options: options).AsTask(),
            () => _ = _test.Client.TryAcquireAsync("k", options: options).AsTask(),
            () => options.Validate(),
        ];
        var refusals = calls.Select(call => Assert.ThrowsAny<ArgumentException>(call)).ToList();
        Assert.Single(refusals.Select(refusal => refusal.Message).Distinct());
        Assert.All(refusals, refusal => Assert.Equal("options", refusal.ParamName));
        Assert.Contains(rule, refusals[0].Message, StringComparison.Ordinal);
        if (value is not null)
            Assert.Equal(value, Assert.IsType<ArgumentOutOfRangeException>(refusals[0]).ActualValue);
        AssertNoCall();
    }

    private void AssertNoCall()
    {
        Assert.Empty(_test.Grain.Acquire.Calls);
        Assert.Empty(_test.Grain.Info.Calls);
        Assert.Empty(_test.Grain.Revoke.Calls);
    }
}
