namespace LockGrains.Chaos.Tests;

/// <summary>The judge hears histories that no right lock makes, and ones that it must not mistake for them.</summary>
public sealed class ClientJudgeTests
{
    private readonly ClientJudge _judge = new();
    private long _now = 1_000_000_000;

    [Fact]
    public void OneAfterTheOther_IsFine()
    {
        Hold("a", 1, token: 10);
        Hold("b", 1, token: 11);
        _judge.CheckOrder();

        Assert.Empty(_judge.Broken);
    }

    [Fact]
    public void TwoAtOneTime_AreSeen()
    {
        Grant("a", 1, token: 10, lasts: 1_000_000_000);
        Grant("b", 1, token: 11, lasts: 1_000_000_000);

        Assert.Equal("timed exclusion", Assert.Single(_judge.Broken).Rule);
    }

    [Fact]
    public void ABeliefThatIsToldLate_IsHeldAgainstTheOneInBetween()
    {
        Grant("a", 1, token: 10, lasts: 1_000_000);
        Advance(2_000_000);
        Grant("b", 1, token: 11, lasts: 1_000_000_000);
        Hear("a", new HistoryLine { What = Happening.Believed, Attempt = 1, Token = 10, Until = _now + 500_000_000 });

        Assert.Equal("timed exclusion", Assert.Single(_judge.Broken).Rule);
    }

    [Fact]
    public void AHolderWhoseLeaseRanOut_IsNoHolder()
    {
        Grant("a", 1, token: 10, lasts: 1_000_000);
        Advance(2_000_000);
        Grant("b", 1, token: 11, lasts: 1_000_000);
        _judge.CheckOrder();

        Assert.Empty(_judge.Broken);
    }

    [Fact]
    public void AForgottenHoldThatFailedWithItsClient_IsOverWhenTheClientSaysSo()
    {
        Grant("a", 1, token: 10, lasts: 1_000_000_000);
        Hear("a", new HistoryLine { What = Happening.Denied, Attempt = 1, Detail = "cancelled" });
        Hear("a", new HistoryLine { What = Happening.Releasing, Attempt = 1, Token = 10 });
        Grant("b", 1, token: 11, lasts: 1_000_000);
        _judge.CheckOrder();

        Assert.Empty(_judge.Broken);
    }

    [Fact]
    public void ATokenOfTwo_IsSeen()
    {
        Hold("a", 1, token: 10);
        Hold("b", 1, token: 10);

        Assert.Contains(_judge.Broken, broken => broken.Rule == "token unique");
    }

    [Fact]
    public void ATokenThatGoesBack_IsSeen()
    {
        Hold("a", 1, token: 11);
        Hold("b", 1, token: 10);
        _judge.CheckOrder();

        Assert.Equal("linearizable", Assert.Single(_judge.Broken).Rule);
    }

    [Fact]
    public void AHoldThatIsConfirmedAfterItsSuccessor_IsSeen()
    {
        Grant("a", 1, token: 10, lasts: 0);
        Grant("b", 1, token: 11, lasts: 0);
        Advance(1_000_000);
        Hear("a", new HistoryLine { What = Happening.Verified, Attempt = 1, Token = 10, Until = _now, IsYes = true });
        _judge.CheckOrder();

        Assert.Equal("linearizable", Assert.Single(_judge.Broken).Rule);
    }

    [Fact]
    public void AWriteThatTheResourceShouldHaveRefused_IsSeen()
    {
        Decide(token: 11, "b/1");
        Decide(token: 10, "a/1");

        Assert.Equal("fenced exclusion", Assert.Single(_judge.Broken).Rule);
    }

    [Fact]
    public void AfterLostRecords_OverlapsAreForgivenAndTokensAreNot()
    {
        Grant("a", 1, token: 10, lasts: 1_000_000_000);
        Advance(1_000_000);
        _judge.Excuse(["k"], _now);
        _judge.OnLost(["k"], _now, _now);
        Grant("b", 1, token: 11, lasts: 1_000_000_000);
        Assert.Empty(_judge.Broken);

        Hold("c", 1, token: 10);
        Assert.Contains(_judge.Broken, broken => broken.Rule == "token unique");
    }

    [Fact]
    public void ACallFromBeforeLostRecords_IsGrantedByTheOldOnes()
    {
        // A silo's clock was ahead: tokens of the old record are larger than those of the new one.
        Hear("a", new HistoryLine { What = Happening.Asked, Attempt = 1 });
        _judge.Excuse(["k"], _now);
        _judge.OnLost(["k"], _now, _now);
        Hear("a", new HistoryLine { What = Happening.Granted, Attempt = 1, Token = 30, Until = _now + 1000 });
        Hold("b", 1, token: 20);
        _judge.CheckOrder();

        Assert.Empty(_judge.Broken);
    }

    [Fact]
    public void AfterLostRecords_TheOrderOfWhatBeginsThenIsJudged()
    {
        _judge.Excuse(["k"], _now);
        _judge.OnLost(["k"], _now, _now);
        Hold("a", 1, token: 30);
        Hold("b", 1, token: 20);
        _judge.CheckOrder();

        var broken = Assert.Single(_judge.Broken);
        Assert.Equal("linearizable", broken.Rule);
        Assert.Contains("a/1 (token 30,", broken.What, StringComparison.Ordinal);
        Assert.Contains("b/1 (token 20,", broken.What, StringComparison.Ordinal);
    }

    private void Hold(string source, int attempt, long token)
    {
        Grant(source, attempt, token, lasts: 1_000_000);
        Hear(source, new HistoryLine { What = Happening.Releasing, Attempt = attempt, Token = token });
        Hear(source, new HistoryLine { What = Happening.Released, Attempt = attempt, Token = token, IsYes = true });
    }

    private void Grant(string source, int attempt, long token, long lasts)
    {
        Hear(source, new HistoryLine { What = Happening.Asked, Attempt = attempt });
        Hear(source, new HistoryLine { What = Happening.Granted, Attempt = attempt, Token = token, Until = _now + lasts + 1000 });
    }

    private void Decide(long token, string owner) => Hear("resource", new HistoryLine { What = Happening.Decided, Token = token, Detail = owner, IsYes = true });

    private void Hear(string source, HistoryLine line)
    {
        Advance(1000);
        _judge.Hear(source, line with { At = _now, Key = "k" });
    }

    private void Advance(long nanoseconds) => _now += nanoseconds;
}
