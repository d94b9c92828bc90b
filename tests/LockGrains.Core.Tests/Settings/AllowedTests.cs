namespace LockGrains.Core.Tests.Settings;

/// <summary>A setting outside of what is allowed is named, with its value and its range.</summary>
public sealed class AllowedTests
{
    [Theory]
    [InlineData(1, 0.5, "1s", "4s", null)]
    [InlineData(9, 0, "9s", "9s", "10m")]
    [InlineData(1, 1, "1s", "infinite", "0")]
    public void FindProblems_AtTheBounds_HasNone(int count, double share, string least, string most, string? optional) =>
        Assert.Empty(AllowedAttribute.FindProblems(Make(count, share, least, most, optional)));

    [Theory]
    [InlineData(0, 0, "1s", "4s", null, "Count is 0; it must be from 1 to 9.")]
    [InlineData(10, 0, "1s", "4s", null, "Count is 10; it must be from 1 to 9.")]
    [InlineData(1, -0.1, "1s", "4s", null, "Share is -0.1; it must be from 0 to 1.")]
    [InlineData(1, double.NaN, "1s", "4s", null, "Share is NaN; it must be from 0 to 1.")]
    [InlineData(1, 0, "5s", "4s", null, "Most is 4s; it must be from 5s to 1m, or infinite.")]
    [InlineData(1, 0, "1s", "4s", "10.0001m", "Optional is 600.006s; it must be from 0 to 10m.")]
    public void FindProblems_OutOfRange_NamesValueAndRange(int count, double share, string least, string most, string? optional, string problem) =>
        Assert.Equal([problem], AllowedAttribute.FindProblems(Make(count, share, least, most, optional)));

    [Fact]
    public void FindProblems_SeveralWrong_NamesThemAll() =>
        Assert.Equal(["Count", "Share", "Least"], AllowedAttribute.FindProblems(Make(0, 2, "0", "infinite", null)).Select(problem => problem.Split(' ')[0]));

    [Fact]
    public void TimesOf_ASetting_AreItsBounds() =>
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(10)), AllowedAttribute.TimesOf<Sample>(nameof(Sample.Optional)));

    /// <summary>An activation of a lock asks its policy each time.</summary>
    [Fact]
    public void Problems_OfOnePolicy_AreFoundOnce()
    {
        var policy = new LockPolicy { QueueLimit = 0 };

        Assert.Same(policy.Problems(), policy.Problems());
        Assert.Empty((policy with { QueueLimit = 1 }).Problems());
    }

    private static Sample Make(int count, double share, string least, string most, string? optional) => new()
    {
        Count = count,
        Share = share,
        Least = DurationText.Parse(least),
        Most = DurationText.Parse(most),
        Optional = optional is null ? null : DurationText.Parse(optional),
    };

    private sealed record Sample
    {
        [Allowed("1", "9")]
        public int Count { get; init; }

        [Allowed("0", "1")]
        public double Share { get; init; }

        [Allowed("1s", "1m")]
        public TimeSpan Least { get; init; }

        [Allowed(nameof(Least), "1m", OrInfinite = true)]
        public TimeSpan Most { get; init; }

        [Allowed("0", "10m")]
        public TimeSpan? Optional { get; init; }
    }
}
