using System.Globalization;
using LockGrains.Client.Tests.Fakes;
using LockGrains.Core;
using Microsoft.Extensions.Options;

namespace LockGrains.Client.Tests;

/// <summary>Every setting has a range; outside of it nothing starts, and the message says what to change.</summary>
public sealed class OptionsTests
{
    private readonly LockClientOptionsValidator _validator = new();

    public static TheoryData<string, string> Bad => new()
    {
        { nameof(LockClientOptions.Lease), "00:00:00" },
        { nameof(LockClientOptions.Lease), "-00:00:00.0010000" },
        { nameof(LockClientOptions.Lease), "1.00:00:00.0000001" },
        { nameof(LockClientOptions.SafetyMargin), "-00:00:00.0000001" },
        { nameof(LockClientOptions.SafetyMargin), "00:00:02.0000001" },
        { nameof(LockClientOptions.AttemptTimeout), "00:00:00.0990000" },
        { nameof(LockClientOptions.AttemptTimeout), "00:01:00.0000001" },
        { nameof(LockClientOptions.UnavailableTimeout), "00:00:00" },
        { nameof(LockClientOptions.UnavailableTimeout), "01:00:00.0000001" },
        { nameof(LockClientOptions.RetryDelay), "00:00:00" },
        { nameof(LockClientOptions.RetryDelay), "00:00:11" },
        { nameof(LockClientOptions.RetryDelayMax), "00:00:00.0490000" },
        { nameof(LockClientOptions.RetryDelayMax), "00:01:01" },
        { nameof(LockClientOptions.BeatPeriod), "00:00:00.0990000" },
        { nameof(LockClientOptions.BeatPeriod), "00:01:01" },
        { nameof(LockClientOptions.RenewalWindow), "-00:00:00.0000001" },
        { nameof(LockClientOptions.RenewalWindow), "00:00:02.0000001" },
    };

    public static TheoryData<string, string> Good => new()
    {
        { nameof(LockClientOptions.Lease), "00:00:00.1000000" },
        { nameof(LockClientOptions.Lease), "1.00:00:00" },
        { nameof(LockClientOptions.SafetyMargin), "00:00:00" },
        { nameof(LockClientOptions.SafetyMargin), "00:00:02" },
        { nameof(LockClientOptions.AttemptTimeout), "00:00:00.1000000" },
        { nameof(LockClientOptions.AttemptTimeout), "00:01:00" },
        { nameof(LockClientOptions.UnavailableTimeout), "00:00:00.1000000" },
        { nameof(LockClientOptions.UnavailableTimeout), "01:00:00" },
        { nameof(LockClientOptions.RetryDelay), "00:00:00.0010000" },
        { nameof(LockClientOptions.RetryDelayMax), "00:00:00.0500000" },
        { nameof(LockClientOptions.RetryDelayMax), "00:01:00" },
        { nameof(LockClientOptions.BeatPeriod), "00:00:00.1000000" },
        { nameof(LockClientOptions.BeatPeriod), "00:01:00" },
        { nameof(LockClientOptions.RenewalWindow), "00:00:00" },
        { nameof(LockClientOptions.RenewalWindow), "00:00:02" },
    };

    [Fact]
    public void Options_Default_AreValid() => Assert.True(_validator.Validate(null, new LockClientOptions()).Succeeded);

    [Theory]
    [MemberData(nameof(Bad))]
    public void Option_OutOfRange_IsNamedWithValueAndRange(string name, string value)
    {
        var result = _validator.Validate(null, With(name, value));

        Assert.True(result.Failed);
        Assert.Contains(result.Failures!, failure =>
            failure.StartsWith($"LockClientOptions.{name} is {DurationText.Format(Time(value))}; it must be from ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void Option_AtItsLimit_IsValid(string name, string value) =>
        Assert.True(_validator.Validate(null, With(name, value)).Succeeded);

    [Theory]
    [InlineData(-0.001)]
    [InlineData(0.201)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void DriftRate_OutOfRange_IsNamed(double value)
    {
        var result = _validator.Validate(null, new LockClientOptions { DriftRate = value });

        Assert.StartsWith("LockClientOptions.DriftRate is ", Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void OwnerId_NullOrTooLong_IsNamed()
    {
        foreach (var ownerId in new[] { null!, new string('é', 65) })
        {
            var result = _validator.Validate(null, new LockClientOptions { OwnerId = ownerId });
            Assert.StartsWith("LockClientOptions.OwnerId is ", Assert.Single(result.Failures!), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void SafetyMargin_HalfTheLease_IsRefused()
    {
        var options = new LockClientOptions { Lease = TimeSpan.FromSeconds(1), SafetyMargin = TimeSpan.FromMilliseconds(500) };

        Assert.Contains("SafetyMargin", Assert.Single(_validator.Validate(null, options).Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_SeveralWrong_AreAllReported()
    {
        var options = new LockClientOptions { Lease = TimeSpan.Zero, BeatPeriod = TimeSpan.FromHours(1), DriftRate = 7 };

        Assert.Equal(3, _validator.Validate(null, options).Failures!.Count());
    }

    [Fact]
    public void Client_WrongOptions_IsNotMade()
    {
        var options = new LockClientOptions { Lease = TimeSpan.Zero };

        Assert.Throws<OptionsValidationException>(() => LockClient.Create(new OrleansTransport(_ => throw new NotSupportedException()), options));
    }

    [Fact]
    public async Task Client_OptionsChangedLater_KeepsWhatWasChecked()
    {
        var options = new LockClientOptions { Lease = TimeSpan.FromSeconds(7) };
        var grain = new ScriptedLockGrain();
        await using var client = LockClient.Create(new OrleansTransport(_ => grain), options);
        options.Lease = TimeSpan.Zero;
        grain.Acquire.Reply(Replies.Denied(DenyReason.Busy));
        await client.TryAcquireAsync("k");

        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Single(grain.Acquire.Calls).Lease);
    }

    [Fact]
    public void OwnerId_Default_NamesMachineAndProcess()
    {
        var ownerId = new LockClientOptions().OwnerId;

        var process = string.Create(CultureInfo.InvariantCulture, $"/{Environment.ProcessId}");
        Assert.EndsWith(process, ownerId, StringComparison.Ordinal);
        Assert.StartsWith(Environment.MachineName, ownerId, StringComparison.Ordinal);
    }

    private static LockClientOptions With(string name, string value)
    {
        var options = new LockClientOptions();
        typeof(LockClientOptions).GetProperty(name)!.SetValue(options, Time(value));
        return options;
    }

    private static TimeSpan Time(string value) => TimeSpan.Parse(value, CultureInfo.InvariantCulture);
}
