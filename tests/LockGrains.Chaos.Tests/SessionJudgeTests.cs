namespace LockGrains.Chaos.Tests;

/// <summary>What lives and ends with a session: the judge hears histories that no right lock makes, and ones that it must not mistake for them.</summary>
public sealed class SessionJudgeTests
{
    private const string Session = "s1";

    private readonly Histories _key = new();

    [Fact]
    public void Lock_OfALivingSession_HandedOn_IsSeen()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, lasts: 1_000_000, session: Session);

        // The hold itself was not looked at any more, but its session was renewed.
        _key.BelieveSession("a", Session, lasts: 5 * Histories.Second);
        _key.Advance(Histories.Second);
        _key.Take("b", Share.Whole, 11);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Lock_OfASessionThatIsRenewedLate_IsHeldAgainstTheOneInBetween()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, lasts: 1_000_000, session: Session);
        _key.Advance(2_000_000);
        _key.Take("b", Share.Whole, 11);
        Assert.Empty(_key.Rules);

        _key.BelieveSession("a", Session, lasts: Histories.Second);

        Assert.Equal(["timed exclusion"], _key.Rules);
    }

    [Fact]
    public void Lock_OfASessionThatHasRunOut_IsFree()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, lasts: 1_000_000, session: Session);
        _key.BelieveSession("a", Session, lasts: Histories.Second);
        _key.Advance(2 * Histories.Second);
        _key.Take("b", Share.Whole, 11);
        _key.Judge.CheckOrder();

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Lock_ThatWasReleased_DoesNotLiveOnWithItsSession()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Release("a", 10);
        _key.BelieveSession("a", Session, lasts: 5 * Histories.Second);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Lock_OfARevokedSession_MayBeHandedOnBeforeItsClientKnows()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Judge.Sessions.OnRevoking(Session);
        _key.Take("b", Share.Whole, 11);
        _key.BelieveSession("a", Session, lasts: Histories.Second);
        _key.Use("b", 11);
        _key.Use("a", 10, isTaken: false);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Lock_OfASessionThatWasRevokedAsItWasOpened_IsExcusedToo()
    {
        _key.Judge.Sessions.OnRevoking(Session);
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Lock_OfARevokedSession_KeepsItsToken()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Judge.Sessions.OnRevoking(Session);
        _key.Take("b", Share.Whole, 10);

        Assert.Contains("token unique", _key.Rules);
    }

    [Fact]
    public void Lock_AskedForAfterALossOfRecordsUnderASessionOfBefore_IsExcused()
    {
        _key.Open("a", Session);
        var from = _key.Now;
        _key.Judge.Excuse([Histories.Key], _key.Now);
        _key.Judge.OnLost([Histories.Key], from, _key.Now);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Lock_OfADeadSession_GrantedInTime_IsMeasured()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Ask("b", Share.Whole);
        _key.Advance(3 * Histories.Second);
        _key.Grant("b", 11);

        Assert.Empty(_key.Rules);
        Assert.InRange(Assert.Single(_key.Judge.Sessions.HandedOnAfter), 1.9, 2.1);
    }

    [Fact]
    public void Lock_OfADeadSession_GrantedTooLate_IsSeen()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Ask("b", Share.Whole);
        _key.Advance(SessionJudge.Bound + (6 * Histories.Second));
        _key.Grant("b", 11);

        Assert.Equal(["free after its session"], _key.Rules);
    }

    [Fact]
    public void Lock_OfADeadSession_WhileAFaultLasts_HasNoBound()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Ask("b", Share.Whole);
        _key.Judge.Calm.Disturb();
        _key.Advance(2 * SessionJudge.Bound);
        _key.Judge.Calm.Return(_key.Now);
        _key.Grant("b", 11);

        Assert.Empty(_key.Rules);
    }

    [Fact]
    public void Lock_ThatNobodyWanted_IsNotLate()
    {
        _key.Open("a", Session);
        _key.Take("a", Share.Whole, 10, session: Session);
        _key.Advance(2 * SessionJudge.Bound);
        _key.Take("b", Share.Whole, 11);

        Assert.Empty(_key.Rules);
    }
}
