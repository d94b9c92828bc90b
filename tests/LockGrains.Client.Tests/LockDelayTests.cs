using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>A lock-delay is asked for with the lock, and is the silo's to keep: a handle is lost at the end of its lease as ever.</summary>
public sealed class LockDelayTests
{
    private readonly TestClient _test = new();

    [Fact]
    public async Task LockDelay_IsAskedFor()
    {
        await using var handle = await _test.AcquireAsync(new AcquireOptions { LockDelay = TimeSpan.FromSeconds(15) });

        Assert.Equal(TimeSpan.FromSeconds(15), Assert.Single(_test.Grain.Acquire.Calls).LockDelay);
    }

    [Fact]
    public async Task LockDelay_OfNone_IsNone()
    {
        await using var handle = await _test.AcquireAsync();

        Assert.Equal(TimeSpan.Zero, _test.Grain.Acquire.Calls[0].LockDelay);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(60_001)]
    public async Task LockDelay_OutOfRange_ThrowsBeforeACall(int milliseconds)
    {
        var options = new AcquireOptions { LockDelay = TimeSpan.FromMilliseconds(milliseconds) };
        var problem = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _test.Client.AcquireAsync(TestClient.Key, options: options).AsTask());

        Assert.Equal("options", problem.ParamName);
        Assert.Equal(options.LockDelay, problem.ActualValue);
        Assert.StartsWith("LockDelay is ", problem.Message, StringComparison.Ordinal);
        Assert.Contains("it must be from 0 to 1m.", problem.Message, StringComparison.Ordinal);
        Assert.Empty(_test.Grain.Acquire.Calls);
        Assert.Throws<ArgumentOutOfRangeException>(() => options.Validate());
    }
}
