namespace LockGrains.Cli.Tests;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7", 7_000)]
    [InlineData("0.25", 250)]
    [InlineData("10S", 10_000)]
    public void TryParse_AForm_GivesItsMilliseconds(string text, double milliseconds)
    {
        Assert.True(DurationText.TryParse(text, allowInfinite: false, out var duration, out var problem), problem);
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("-5s")]
    [InlineData("10 s")]
    [InlineData("10sec")]
    [InlineData("1m30s")]
    [InlineData("1e3")]
    [InlineData("1,5s")]
    [InlineData("NaN")]
    [InlineData("infinity")]
    public void TryParse_AnythingElse_NamesTheForms(string text)
    {
        Assert.False(DurationText.TryParse(text, allowInfinite: true, out _, out var problem));
        Assert.Contains($"'{text}'", problem, StringComparison.Ordinal);
        Assert.Contains("500ms, 10s, 2m, 1h", problem, StringComparison.Ordinal);
        Assert.Contains("infinite", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_Infinite_OnlyWhereAllowed()
    {
        Assert.True(DurationText.TryParse("infinite", allowInfinite: true, out var duration, out _));
        Assert.Equal(Timeout.InfiniteTimeSpan, duration);
        Assert.False(DurationText.TryParse("infinite", allowInfinite: false, out _, out var problem));
        Assert.DoesNotContain("or infinite", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_BeyondTheLongest_IsRefused()
    {
        Assert.True(DurationText.TryParse("1000h", allowInfinite: false, out _, out _));
        Assert.False(DurationText.TryParse("1000.1h", allowInfinite: false, out _, out var problem));
        Assert.Contains("1000h", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(500, "500ms")]
    [InlineData(21_340, "21.3s")]
    [InlineData(90_000, "90s")]
    [InlineData(120_000, "2m")]
    [InlineData(7_200_000, "2h")]
    public void Format_ADuration_IsReadable(double milliseconds, string expected) =>
        Assert.Equal(expected, DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
