using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>More sessions than can be asked at a time, and replies that never come: every session is asked within a bound all the same.</summary>
public sealed class SessionSweepTests
{
    private readonly LockWorld _world = new();
    private readonly ScriptedProbe _probe = new();
    private readonly Activation _key;

    public SessionSweepTests() => _key = _world.Activate(sessions: _probe);

    private IEnumerable<SessionRef> Asked => _probe.Asks.Select(ask => ask.Session);

    [Fact]
    public void Sessions_ByTheThousand_AreAskedAFewAtATime()
    {
        Share(300);

        _key.Acquire(B, beats: Sec(6));
        Assert.Equal(256, _probe.Asks.Count);
        _world.Together(() => _probe.Asks[0].Answer(true));
        Assert.Equal(257, _probe.Asks.Count);
    }

    [Fact]
    public void Sessions_ByTheThousand_AreAllAskedBeforeOneIsAskedTwice()
    {
        Share(300);
        _key.Acquire(B, beats: Sec(6));
        Assert.All(_probe.Asks, ask => Assert.Equal(Sec(1), ask.Wait));
        _world.Advance(Sec(1));
        AnswerAll();

        Assert.Equal(300, Asked.Take(300).Distinct().Count());
        Assert.Equal(Asked.Take(212), Asked.Skip(300));
    }

    /// <summary>The 300th has ended, and behind it somebody waits.</summary>
    [Fact]
    public void Sessions_ByTheThousand_EndAsSoonAsTheSweepComesToThem()
    {
        Share(300);
        _key.Acquire(B, beats: Sec(6));
        for (var second = 0; second < 2; second++)
        {
            _world.Advance(Sec(1));
            AnswerAll(ended: 300);
        }

        Assert.DoesNotContain(Of(300), _key.Holders);
        Assert.Equal(299, _key.Holders.Count());
    }

    [Fact]
    public void Session_OfManyHolds_LeavesRoomForTheOthers()
    {
        for (var number = 1; number <= 300; number++)
            _key.Under(Of(number), Session(1), mode: LockMode.Shared);
        _key.Under(Of(301), Session(2), mode: LockMode.Shared);
        Settle();

        _key.Acquire(B, beats: Sec(6));
        Assert.Equal([Session(1), Session(2)], Asked);
        Assert.All(_probe.Asks, ask => Assert.Equal(Sec(20), ask.Wait));
    }

    [Fact]
    public void Tries_OfALockOfManySessions_AskAllInTurn()
    {
        Share(300);
        _key.Try(B);
        AnswerAll();
        _world.Advance(Sec(3));
        _key.Try(C);

        Assert.Equal(512, _probe.Asks.Count);
        Assert.Equal(300, Asked.Take(300).Distinct().Count());
    }

    /// <summary>Its reply was lost. Nothing of that is heard for as long as a call may take.</summary>
    [Fact]
    public void Watch_WithoutAReply_IsMadeAnewFiveSecondsAfterItsSlice()
    {
        Share(1);
        _key.Acquire(B, beats: Sec(6));
        _world.Beat(_key, B, 4);
        Assert.Single(_probe.Asks);

        // The call is given up, and after a pause there is another.
        _world.Advance(Sec(1));
        _world.Advance(Ms(500));
        Assert.Equal(2, _probe.Asks.Count);
        Assert.True(_probe.Asks[0].IsCancelled);
    }

    [Fact]
    public void Try_AfterOneWithoutAReply_AsksAnew()
    {
        Share(1);
        var call = _key.Try(B);
        _world.Advance(Sec(5));
        Assert.Equal(DenyReason.Busy, call.DenyReason);

        var next = _key.Try(C);
        Assert.Equal(2, _probe.Asks.Count);
        _world.Together(() => _probe.Asks[1].Answer(true));
        Assert.True(next.IsGranted);
    }

    /// <summary>Has it held under so many sessions, all of them alive a while ago.</summary>
    private void Share(int count)
    {
        for (var number = 1; number <= count; number++)
            _key.Under(Of(number), Session(number), mode: LockMode.Shared);
        Settle();
    }

    private void Settle()
    {
        while (_probe.Asks.Exists(ask => !ask.IsOver))
            AnswerAll();
        _world.Advance(Sec(2));
        _probe.Asks.Clear();
    }

    /// <summary>Answers the calls that are open now: one session is over, the others live.</summary>
    private void AnswerAll(int ended = 0)
    {
        foreach (var ask in _probe.Asks.Where(ask => !ask.IsOver).ToArray())
            _world.Together(() => ask.Answer(ended > 0 && ask.Session == Session(ended)));
    }
}
