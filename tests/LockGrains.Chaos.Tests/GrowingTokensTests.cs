namespace LockGrains.Chaos.Tests;

public sealed class GrowingTokensTests
{
    private readonly GrowingTokens _tokens = new();

    [Fact]
    public void EndStage_ATokenThatIsNotAboveTheStageBefore_IsAProblem()
    {
        Grant("a", 5);
        Grant("b", 5);
        var first = _tokens.EndStage();
        Grant("a", 5);
        Grant("b", 6);

        var second = _tokens.EndStage();

        Assert.Equal(2, first.Granted);
        Assert.Empty(first.Problems);
        Assert.Equal(2, second.Granted);
        Assert.Contains("a was granted with 5, and later with 5", Assert.Single(second.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void EndStage_ASmallerTokenTwoStagesLater_IsAProblem()
    {
        Grant("a", 9);
        _tokens.EndStage();
        Assert.Equal(0, _tokens.EndStage().Granted);
        Grant("a", 12);
        Grant("a", 8);

        Assert.Single(_tokens.EndStage().Problems);
    }

    private void Grant(string key, long token) => _tokens.Hear(new HistoryLine { What = Happening.Granted, Key = key, Token = token });
}
