using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Wrong arguments are refused by the call itself, not by its task, and before any message is sent.</summary>
public sealed class ArgumentTests
{
    private readonly TestClient _test = new();

    public static TheoryData<string?> BadKeys => new(
        null, "", "a\nb", "\uD800", new string('x', LockKey.MaxBytes + 1), new string('é', 257));

    public static TheoryData<TimeSpan> BadWaits => new(
        TimeSpan.FromTicks(-1), TimeSpan.FromMilliseconds(-2), TimeSpan.MinValue, TimeSpan.MaxValue,
        TimeSpan.FromDays(365) + TimeSpan.FromTicks(1));

    public static TheoryData<TimeSpan> BadLeases => new(
        TimeSpan.Zero, TimeSpan.FromTicks(-1), Timeout.InfiniteTimeSpan, TimeSpan.MaxValue,
        TimeSpan.FromHours(24) + TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(50));

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
        foreach (var call in calls) Assert.Equal("key", Assert.ThrowsAny<ArgumentException>(call).ParamName);
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
    public void Acquire_BadLease_ThrowsAtOnceWithValueAndRange(TimeSpan lease)
    {
        var exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => { _ = _test.Client.AcquireAsync("k", options: new AcquireOptions { Lease = lease }).AsTask(); });
        Assert.Equal("options", exception.ParamName);
        Assert.Equal(lease, exception.ActualValue);
        Assert.Contains(nameof(AcquireOptions.Lease), exception.Message, StringComparison.Ordinal);
        AssertNoCall();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(24 * 3600 * 1000)]
    public void Acquire_LeaseAtItsLimits_IsSent(int milliseconds)
    {
        var lease = TimeSpan.FromMilliseconds(milliseconds);
        _ = _test.Client.AcquireAsync("k", options: new AcquireOptions { Lease = lease }).AsTask();

        Assert.Equal(lease, Assert.Single(_test.Grain.Acquire.Calls).Lease);
    }

    [Fact]
    public void Acquire_OwnerIdTooLong_ThrowsAtOnce()
    {
        var options = new AcquireOptions { OwnerId = new string('é', 65) };
        var exception = Assert.Throws<ArgumentException>(
            () => { _ = _test.Client.AcquireAsync("k", options: options).AsTask(); });
        Assert.Equal("options", exception.ParamName);
        Assert.Contains("128 bytes", exception.Message, StringComparison.Ordinal);
        AssertNoCall();
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

    private void AssertNoCall()
    {
        Assert.Empty(_test.Grain.Acquire.Calls);
        Assert.Empty(_test.Grain.Info.Calls);
        Assert.Empty(_test.Grain.Revoke.Calls);
    }
}
