namespace LockGrains.Chaos.Tests;

public sealed class ForgettingTests
{
    /// <summary>It was made of a time that was set after it, so it was six minutes shorter, and idle keys were judged too soon.</summary>
    [Fact]
    public void Patience_IsTwoSilencesAndAPass() => Assert.Equal(TimeSpan.FromMinutes(9), ForgettingRun.ForgetPatience);
}
