using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.ClientSide;

/// <summary>What a client does to watch the locks of a prefix.</summary>
public sealed class ListWatchProtocolTests
{
    private readonly ListWatchProtocol _protocol = new("a/", new ListWatchSettings
    {
        AttemptTimeout = Sec(5),
        SiloTimeout = Sec(2),
        UnavailableTimeout = Sec(30),
        Backoff = new RetryBackoff(Ms(50), Sec(1)),
    });

    [Fact]
    public void First_AsksForTheFirstPageOfAll()
    {
        var step = _protocol.Next(Sec(0));

        Assert.Equal((WatchAction.Call, Sec(5)), (step.Action, step.Time));
        Assert.Equal(("a/", null, LockListState.All, Sec(2)), (step.Request!.Prefix, step.Request.After, step.Request.State, step.Request.SiloTimeout!.Value));
    }

    [Fact]
    public void Pass_ReadsPageAfterPage_AndIsThenShown()
    {
        _protocol.Next(Sec(0));
        var second = _protocol.OnPage(Page("a/1") with { Next = "a/1", SilosMissing = ["silo"] }, Ms(10));
        Assert.Equal((WatchAction.Call, "a/1", "silo"), (second.Action, second.Request!.After, Assert.Single(second.Request.SilosMissing)));

        var shown = _protocol.OnPage(Page("a/2") with { SilosMissing = ["silo"] }, Ms(20));
        Assert.Equal(["a/1", "a/2"], shown.Update!.Changed.Select(one => one.Key));
        Assert.Equal("silo", Assert.Single(shown.Update.SilosMissing));
    }

    [Fact]
    public void NextPass_BeginsAfresh_ASecondAfterTheLast()
    {
        _protocol.Next(Sec(0));
        _protocol.OnPage(Page("a/1") with { Next = "a/1", SilosMissing = ["silo"] }, Ms(10));
        _protocol.OnPage(Page("a/2") with { SilosMissing = ["silo"] }, Ms(20));

        var pause = _protocol.Next(Ms(300));
        Assert.Equal((WatchAction.Pause, Ms(700)), (pause.Action, pause.Time));
        var call = _protocol.OnPaused(Sec(1));
        Assert.Equal((WatchAction.Call, null, 0), (call.Action, call.Request!.After, call.Request.SilosMissing.Length));
        Assert.Equal("a/1", Assert.Single(_protocol.OnPage(Page("a/2"), Sec(1)).Update!.Gone));
    }

    [Fact]
    public void NextPass_OfOneThatTookLong_BeginsFourTimesAsLongAfterIt()
    {
        _protocol.Next(Sec(0));
        _protocol.OnPage(Page(), Sec(2));

        Assert.Equal(Sec(8), _protocol.Next(Sec(2)).Time);
    }

    [Fact]
    public void Pass_WithoutAChange_IsNotShown()
    {
        Show("a/1", at: Sec(0));
        _protocol.Next(Sec(1));

        var step = _protocol.OnPage(Page("a/1"), Sec(1));
        Assert.Equal((WatchAction.Pause, Sec(1)), (step.Action, step.Time));
    }

    [Fact]
    public void Reader_ThatTakesItsTime_GetsThePassOfNow()
    {
        Show("a/1", at: Sec(0));

        Assert.Equal(WatchAction.Call, _protocol.Next(Sec(3600)).Action);
    }

    [Fact]
    public void Trouble_RepeatsThePage_AfterLongerAndLongerPauses()
    {
        _protocol.Next(Sec(0));
        _protocol.OnPage(Page("a/1") with { Next = "a/1" }, Sec(1));
        var first = _protocol.OnUnknown("away", Sec(2), jitter: 0.5);
        Assert.Equal("a/1", _protocol.OnPaused(Sec(3)).Request!.After);
        var second = _protocol.OnUnknown("away", Sec(4), jitter: 0.5);

        Assert.Equal((WatchAction.Pause, WatchAction.Pause), (first.Action, second.Action));
        Assert.True(second.Time > first.Time);
    }

    [Fact]
    public void Trouble_ThatLasts_IsShownOnce_AndTheNextPassIsShownThoughNothingChanged()
    {
        Show("a/1", at: Sec(0));
        _protocol.Next(Sec(10));
        Assert.Equal(WatchAction.Pause, _protocol.OnUnknown("away", Sec(40) - Instant, jitter: 0).Action);
        _protocol.OnPaused(Sec(40));
        var shown = _protocol.OnUnknown("still away", Sec(40), jitter: 0);
        Assert.Equal((WatchAction.Show, false, "still away"), (shown.Action, shown.Update!.Known, shown.Update.Detail));

        Assert.Equal(WatchAction.Call, _protocol.Next(Sec(50)).Action);
        Assert.Equal(WatchAction.Pause, _protocol.OnUnknown("still away", Sec(100), jitter: 0).Action);
        _protocol.OnPaused(Sec(101));
        var known = _protocol.OnPage(Page("a/1"), Sec(101)).Update!;
        Assert.Equal((true, 0, 0), (known.Known, known.Changed.Length, known.Gone.Length));
    }

    private void Show(string key, TimeSpan at)
    {
        _protocol.Next(at);
        Assert.Equal(WatchAction.Show, _protocol.OnPage(Page(key), at).Action);
    }

    private static LockListPage Page(params string[] keys) => new() { Locks = [.. keys.Select(key => new LockSummary { Key = key })] };
}
