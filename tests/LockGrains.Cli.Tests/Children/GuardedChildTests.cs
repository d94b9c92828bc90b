using LockGrains.Cli.Children;
using LockGrains.Testing;

namespace LockGrains.Cli.Tests.Children;

public sealed class GuardedChildTests : IDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly FakeChild _child = new();
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly List<string> _told = [];

    public void Dispose() => _lost.Dispose();

    [Fact]
    public async Task WaitAsync_ChildEnds_GivesItsCode()
    {
        var waiting = WaitAsync();
        _child.End(7);
        Assert.Equal(7, await waiting.WaitAsync(Guard));
        Assert.False(_child.TerminatedSource.Task.IsCompleted);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task WaitAsync_LeaderEndsButGroupLives_WaitsForTheGroupAndSaysSo()
    {
        var waiting = WaitAsync();
        _child.ExitedSource.SetResult(3);
        await _time.WhenTimerDueInAsync(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        _child.EndedSource.SetResult();
        Assert.Equal(3, await waiting.WaitAsync(Guard));
        Assert.Contains("held until they end", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WaitAsync_LockLost_TerminatesAndDoesNotKillWhoObeys()
    {
        var waiting = WaitAsync();
        await _lost.CancelAsync();
        await _child.TerminatedSource.Task.WaitAsync(Guard);
        Assert.False(waiting.IsCompleted);
        _child.End(143);
        Assert.Null(await waiting.WaitAsync(Guard));
        Assert.False(_child.KilledSource.Task.IsCompleted);
    }

    [Fact]
    public async Task WaitAsync_LockLostAndChildStays_KillsAfterTheGrace()
    {
        var waiting = WaitAsync();
        await _lost.CancelAsync();
        await _time.WhenTimerDueInAsync(Grace);
        _time.Advance(Grace - TimeSpan.FromMilliseconds(1));
        Assert.False(_child.KilledSource.Task.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _child.KilledSource.Task.WaitAsync(Guard);
        Assert.False(waiting.IsCompleted);
        _child.End(137);
        Assert.Null(await waiting.WaitAsync(Guard));
    }

    private Task<int?> WaitAsync() => GuardedChild.WaitAsync(_child, Grace, _time, _told.Add, _lost.Token);
}
