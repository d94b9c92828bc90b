using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.ClientSide;

/// <summary>What a client does to watch a key.</summary>
public sealed class WatchProtocolTests
{
    private static readonly LockInfo Free = new() { Known = true };

    private readonly WatchProtocol _protocol = new(new WatchSettings
    {
        AttemptTimeout = Sec(5),
        UnavailableTimeout = Sec(30),
        Backoff = new RetryBackoff(Ms(50), Sec(1)),
    });

    [Fact]
    public void First_KnowsNothingAndWaitsForASlice()
    {
        var step = _protocol.Next(Sec(0));

        Assert.Equal((WatchAction.Call, Sec(9)), (step.Action, step.Time));
        Assert.Equal(new WatchRequest { Slice = Sec(4) }, step.Request);
    }

    [Fact]
    public void State_IsShownAndTheNextCallHasItsCursor()
    {
        _protocol.Next(Sec(0));
        var shown = _protocol.OnReply(Current("a"), Sec(1), jitter: 0);
        Assert.Equal((WatchAction.Show, Free), (shown.Action, shown.Info));

        Assert.Equal("a", _protocol.Next(Sec(2)).Request!.Cursor);
    }

    [Fact]
    public void SameCursor_AtTheEndOfTheSlice_IsNotShownAgain()
    {
        Show("a", at: Sec(0));
        _protocol.Next(Sec(1));

        var step = _protocol.OnReply(Current("a"), Sec(5), jitter: 0);
        Assert.Equal((WatchAction.Call, "a"), (step.Action, step.Request!.Cursor));
    }

    [Fact]
    public void SameCursor_AtOnce_DoesNotSpin()
    {
        Show("a", at: Sec(0));
        _protocol.Next(Sec(1));

        var step = _protocol.OnReply(Current("a"), Sec(1) + Ms(10), jitter: 0);
        Assert.Equal((WatchAction.Pause, Ms(50)), (step.Action, step.Time));
        Assert.Equal(WatchAction.Call, _protocol.OnPaused(Sec(1) + Ms(60)).Action);
    }

    [Fact]
    public void Next_SoonAfterAState_PausesForTheRest()
    {
        Show("a", at: Sec(1));

        var step = _protocol.Next(Sec(1) + Ms(20));
        Assert.Equal((WatchAction.Pause, Ms(30)), (step.Action, step.Time));
    }

    [Fact]
    public void Trouble_IsPausedForLongerAndLonger_AndKeepsTheCursor()
    {
        Show("a", at: Sec(0));
        _protocol.Next(Sec(1));
        var first = _protocol.OnUnknown("away", Sec(2), jitter: 0.5);
        _protocol.OnPaused(Sec(3));
        var second = _protocol.OnReply(new WatchReply { Status = WatchStatus.Unknown }, Sec(4), jitter: 0.5);

        Assert.Equal((WatchAction.Pause, WatchAction.Pause), (first.Action, second.Action));
        Assert.True(second.Time > first.Time);
        Assert.Equal("a", _protocol.OnPaused(Sec(5)).Request!.Cursor);
    }

    [Fact]
    public void Trouble_ThatLasts_IsShownOnceAndItGoesOn()
    {
        Show("a", at: Sec(0));
        _protocol.Next(Sec(10));
        Assert.Equal(WatchAction.Pause, _protocol.OnUnknown("away", Sec(40) - Instant, jitter: 0).Action);
        _protocol.OnPaused(Sec(40));

        var shown = _protocol.OnUnknown("still away", Sec(40), jitter: 0);
        Assert.Equal((WatchAction.Show, false, "still away"), (shown.Action, shown.Info!.Known, shown.Info.Detail));
        Assert.Equal(WatchAction.Call, _protocol.Next(Sec(50)).Action);
        Assert.Equal(WatchAction.Pause, _protocol.OnUnknown("still away", Sec(100), jitter: 0).Action);
    }

    [Fact]
    public void State_AfterItWasNotKnown_IsShownThoughNothingHasChanged()
    {
        Show("a", at: Sec(0));
        _protocol.Next(Sec(1));
        Assert.False(_protocol.OnUnknown("away", Sec(31), jitter: 0).Info!.Known);
        _protocol.Next(Sec(32));

        Assert.True(_protocol.OnReply(Current("a"), Sec(33), jitter: 0).Info!.Known);
        _protocol.Next(Sec(34));
        Assert.Equal(WatchAction.Call, _protocol.OnReply(Current("a"), Sec(38), jitter: 0).Action);
    }

    [Fact]
    public void Trouble_OfAPatienceThatIsShort_MakesShorterCalls()
    {
        var protocol = new WatchProtocol(new WatchSettings { AttemptTimeout = Sec(5), UnavailableTimeout = Sec(3), Backoff = new RetryBackoff(Ms(50), Sec(1)) });
        protocol.Next(Sec(0));
        protocol.OnUnknown("away", Sec(1), jitter: 0);

        Assert.Equal(Sec(1), protocol.OnPaused(Sec(1)).Request!.Slice);
    }

    [Theory]
    [InlineData(WatchStatus.Refused)]
    [InlineData(WatchStatus.None)]
    [InlineData((WatchStatus)99)]
    public void Reply_WithoutAState_IsTrouble(WatchStatus status)
    {
        _protocol.Next(Sec(0));

        Assert.Equal(WatchAction.Pause, _protocol.OnReply(new WatchReply { Status = status }, Sec(1), jitter: 0).Action);
    }

    private static WatchReply Current(string cursor) => new() { Status = WatchStatus.Current, Info = Free, Cursor = cursor };

    private void Show(string cursor, TimeSpan at)
    {
        _protocol.Next(at);
        Assert.Equal(WatchAction.Show, _protocol.OnReply(Current(cursor), at, jitter: 0).Action);
    }
}
