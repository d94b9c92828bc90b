namespace LockGrains.Core.Tests;

/// <summary>Who has revoked a hold under a session leaves word with it, for its next heartbeats.</summary>
public sealed class SessionWordsTests
{
    private static readonly RenewReply Renewed = new() { Status = RenewStatus.Renewed, Waiters = 1 };

    private readonly SessionWords _words = new();

    [Fact]
    public void AddTo_OfAWord_TellsItThreeTimes_AndLeavesTheRestOfTheReply()
    {
        Assert.Same(Renewed, _words.AddTo(Renewed));
        _words.Leave("a");
        Assert.Equal(["a"], Tell());
        _words.Leave("b");

        Assert.Equal(["a", "b"], Tell());
        var reply = _words.AddTo(Renewed);
        Assert.Equal((RenewStatus.Renewed, 1), (reply.Status, reply.Waiters));
        Assert.Equal(["a", "b"], reply.RevokedKeys.AsEnumerable());
        Assert.Equal(["b"], Tell());
        Assert.Same(Renewed, _words.AddTo(Renewed));
    }

    [Theory]
    [InlineData(RenewStatus.NotHeld)]
    [InlineData(RenewStatus.Unknown)]
    public void AddTo_OfAReplyThatIsNoHeartbeat_KeepsTheWords(RenewStatus status)
    {
        _words.Leave("a");
        for (var time = 0; time < 5; time++)
            Assert.Empty(_words.AddTo(new RenewReply { Status = status }).RevokedKeys);

        Assert.Equal(["a"], Tell());
    }

    [Fact]
    public void Leave_OfAKeyAgain_IsToldThreeTimesFromThere()
    {
        _words.Leave("a");
        Tell();
        Tell();
        _words.Leave("a");

        Assert.Equal(["a"], Tell());
        Assert.Equal(["a"], Tell());
        Assert.Equal(["a"], Tell());
        Assert.Empty(Tell());
    }

    [Fact]
    public void Leave_OfMoreThanAreKept_DropsTheOldest()
    {
        for (var number = 0; number <= SessionWords.WordsMax; number++)
            _words.Leave($"{number}");

        var told = Tell();
        Assert.Equal(SessionWords.WordsMax, told.Count);
        Assert.Equal(("1", $"{SessionWords.WordsMax}"), (told[0], told[^1]));
    }

    private List<string> Tell() => [.. _words.AddTo(Renewed).RevokedKeys];
}
