using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.StateMachine;

/// <summary>Fencing tokens grow strictly for ever, whatever the clock does, and do not use up their numbers.</summary>
public sealed class TokenTests
{
    private const long Year2030 = 1_893_456_000_000;
    private const long Year2100 = 4_102_444_800_000;
    private const long TenYears = 315_576_000_000;

    [Fact]
    public void Token_OfEachGrant_IsLargerThanAllBefore()
    {
        var key = new LockUnderTest();
        var last = FencingToken.None;
        for (var number = 0; number < 100; number++)
        {
            key.JumpWallClock(Sec(number % 3 == 0 ? -1000 : 700));
            var token = key.Granted(Of(number));
            Assert.True(token > last);
            last = token;
            key.Release(Of(number));
        }
    }

    [Fact]
    public void Next_FollowsTheClockWhereItIsAhead()
    {
        Assert.Equal(Year2030 << 11, FencingToken.None.Next(Year2030, 0).Value);
        Assert.Equal((Year2030 + 1) << 11, new FencingToken(Year2030 << 11).Next(Year2030 + 1, Year2030).Value);
    }

    [Fact]
    public void Next_WhenTheClockStandsStill_Counts()
    {
        var token = new FencingToken(Year2030 << 11);
        for (var count = 1; count <= 5000; count++)
        {
            token = token.Next(Year2030, Year2030);
            Assert.Equal((Year2030 << 11) + count, token.Value);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(Year2030 - 3_600_000)]
    [InlineData(Year2030 + TenYears + 1)]
    [InlineData(Year2100)]
    public void Next_ByAClockThatIsBackOrImplausible_Counts(long unixMilliseconds)
    {
        var last = new FencingToken(Year2030 << 11);

        Assert.Equal(last.Value + 1, last.Next(unixMilliseconds, Year2030).Value);
    }

    [Fact]
    public void Next_ByAClockExactlyTenYearsAhead_FollowsIt()
    {
        Assert.Equal((Year2030 + TenYears) << 11, new FencingToken(Year2030 << 11).Next(Year2030 + TenYears, Year2030).Value);
    }

    [Fact]
    public void ClockThatJumpedAndCameBack_CostsNoNumbers()
    {
        var key = new LockUnderTest();
        var before = key.Granted(A);
        key.Release(A);
        key.SetWallClock(Year2100 + 1);
        var during = key.Granted(B);
        key.Release(B);
        key.SetWallClock(1_900_000_000_000);

        Assert.Equal(before.Value + 1, during.Value);
        Assert.Equal(during.Value + 1, key.Granted(C).Value);
    }

    [Fact]
    public void Tokens_UpToTheYear2100_FitAJsonNumber()
    {
        var last = FencingToken.None.Next(Year2100 - 1, 0);

        Assert.InRange(last.Value, 1, FencingToken.MaxValue - (1L << 11));
        Assert.Equal((1L << 53) - 1, FencingToken.MaxValue);
        Assert.Equal(FencingToken.MaxValue, (long)(double)FencingToken.MaxValue);
    }

    [Fact]
    public void Next_OfTheLastToken_IsAViolationAndNotARepetition()
    {
        Assert.Equal(FencingToken.MaxValue, new FencingToken(FencingToken.MaxValue - 1).Next(Year2030, 0).Value);
        Assert.Throws<InvariantViolationException>(() => new FencingToken(FencingToken.MaxValue).Next(Year2030, 0));
    }

    [Fact]
    public void FloorOfAMissingRecord_IsAheadOfEveryClockThatMayHaveGranted()
    {
        var lost = FencingToken.None.Next(Year2030 + 4_999, 0);
        var floor = FencingToken.None.RaisedToClock(Year2030, Sec(5));

        Assert.True(floor.Next(Year2030, Year2030) > lost);
        Assert.Equal(floor, floor.RaisedToClock(Year2030 - 60_000, Sec(5)));
    }

    [Fact]
    public void Create_RaisesTheFloorByTheSkew()
    {
        var key = new LockUnderTest(new LockPolicy { MaxClockSkew = Sec(60) });

        Assert.Equal((1_900_000_060_000 << 11) + 1, key.Granted(A).Value);
    }

    [Fact]
    public void Next_WhileAheadOfTheClock_MovesOnAtHalfItsPaceUntilTheClockCatchesUp()
    {
        var ahead = new FencingToken((Year2030 + 5_000) << 11);

        Assert.Equal((Year2030 + 5_500) << 11, ahead.Next(Year2030 + 1_000, Year2030).Value);
        Assert.Equal((Year2030 + 10_000) << 11, ahead.Next(Year2030 + 10_000, Year2030).Value);
        Assert.Equal((Year2030 + 20_000) << 11, ahead.Next(Year2030 + 20_000, Year2030).Value);
    }

    [Fact]
    public void Tokens_OfANewKeyWhoseLastSecondsAreLost_AreNotGivenTwice()
    {
        var key = new LockUnderTest();
        var lost = new List<FencingToken>();
        key.Granted(A);
        key.Release(A);
        var stored = key.State;
        for (var number = 0; number < 20; number++)
        {
            key.Wait(Sec(0.1));
            lost.Add(key.Granted(Of(number)));
            key.Release(Of(number));
        }

        key.State = stored;
        key.Restore();
        key.Wait(Sec(0.1));

        Assert.True(key.Granted(B) > lost[^1], "A token was given out again after the store lost its last seconds.");
    }

    [Fact]
    public void Token_OfAKeyThatWasIdleForLong_IsAboveThoseOfALifeThatTheStoreHasLost()
    {
        var key = new LockUnderTest();
        key.Granted(A);
        key.Release(A);
        var stored = key.State;
        key.Wait(new LockPolicy().LifeMin);

        // Forgotten, made anew ahead of the clock, and then the store goes back to what it had before.
        key.State = LockState.Create(key.Now, new LockPolicy());
        var lost = key.Granted(B);
        key.State = stored;
        key.Restore();
        key.Wait(Sec(0.1));

        Assert.True(key.Granted(C) > lost);
    }

    [Fact]
    public void Token_OfAKeyThatWasIdleForLessThanAForgettingTakes_FollowsTheClock()
    {
        var key = new LockUnderTest();
        key.Granted(A);
        key.Release(A);
        key.Wait(new LockPolicy().LifeMin - Sec(1));

        Assert.Equal(key.Now.UnixMilliseconds << 11, key.Granted(B).Value);
    }

    [Fact]
    public void Tokens_AreOrderedAndPrintedAsNumbers()
    {
        var (one, two) = (new FencingToken(1), new FencingToken(2));

        Assert.True(one < two && two > one && one <= two && two >= one && one.CompareTo(two) < 0);
        Assert.Equal("9007199254740991", new FencingToken(FencingToken.MaxValue).ToString());
    }
}
