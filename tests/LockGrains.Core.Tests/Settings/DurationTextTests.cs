namespace LockGrains.Core.Tests.Settings;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("0.25ms", 0.25)]
    [InlineData("10s", 10_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("30d", 2_592_000_000)]
    [InlineData("10S", 10_000)]
    [InlineData("00:00:05", 5_000)]
    [InlineData("1.00:00:00.5", 86_400_500)]
    [InlineData("-00:00:01", -1_000)]
    [InlineData("infinite", -1)]
    [InlineData("-00:00:00.001", -1)]
    public void TryParse_AForm_GivesItsMilliseconds(string text, double milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration, out var problem), problem);
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.Equal(duration, DurationText.Parse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("-5s")]
    [InlineData("10 s")]
    [InlineData("10sec")]
    [InlineData("1m30s")]
    [InlineData("5dm")]
    [InlineData("0dm")]
    [InlineData("1e3")]
    [InlineData("1,5s")]
    [InlineData("NaN")]
    [InlineData("infinity")]
    [InlineData("24:00:00")]
    [InlineData("11000000d")]
    [InlineData("99999999999999999999999999999999999999s")]
    public void TryParse_AnythingElse_NamesTheForms(string text)
    {
        Assert.False(DurationText.TryParse(text, out var duration, out var problem));
        Assert.Equal($"'{text}' is not a duration. Write 500ms, 10s, 2m, 1h, 0, or infinite.", problem);
        Assert.Equal(TimeSpan.Zero, duration);
        Assert.Equal(problem, Assert.Throws<FormatException>(() => DurationText.Parse(text)).Message);
    }

    /// <summary>To some it is seconds, and to .NET days.</summary>
    [Theory]
    [InlineData("5")]
    [InlineData("0.25")]
    public void TryParse_BareNumber_IsRefusedAndUnitsAreNamed(string text)
    {
        Assert.False(DurationText.TryParse(text, out _, out var problem));
        Assert.Equal($"'{text}' has no unit. Write {text}s for seconds, or {text}m for minutes.", problem);
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("00:00:00.5", "500ms")]
    [InlineData("00:00:00.0000001", "0.0001ms")]
    [InlineData("00:00:01.5", "1.5s")]
    [InlineData("00:00:21.3456789", "21.3456789s")]
    [InlineData("00:01:30", "90s")]
    [InlineData("00:02:00", "2m")]
    [InlineData("02:00:00", "2h")]
    [InlineData("1.00:00:00", "24h")]
    [InlineData("1.00:00:00.0000001", "86400.0000001s")]
    [InlineData("2.00:00:00", "2d")]
    [InlineData("2.01:00:00", "49h")]
    [InlineData("-00:00:01", "-1s")]
    [InlineData("-00:00:00.001", "infinite")]
    public void Format_ADuration_IsReadableAndExact(string duration, string expected)
    {
        var time = DurationText.Parse(duration);
        Assert.Equal(expected, DurationText.Format(time));
        if (time >= TimeSpan.Zero)
            Assert.Equal(time, DurationText.Parse(expected));
    }

    [Theory]
    [InlineData("21.3456789s", "21.3s")]
    [InlineData("12.3456ms", "12ms")]
    [InlineData("90s", "90s")]
    [InlineData("0", "0")]
    public void About_ADuration_IsShort(string duration, string expected) => Assert.Equal(expected, DurationText.About(DurationText.Parse(duration)));
}
