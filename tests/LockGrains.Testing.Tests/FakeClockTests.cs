using System.Threading.Channels;

namespace LockGrains.Testing.Tests;

/// <summary>All that is due has happened, each thing at its own time, when a move of the clock is over.</summary>
public sealed class FakeClockTests
{
    private readonly FakeClock _clock = new();
    private readonly DateTimeOffset _start;

    public FakeClockTests() => _start = _clock.GetUtcNow();

    private double Seconds => (_clock.GetUtcNow() - _start).TotalSeconds;

    [Fact]
    public async Task Timers_FireAtTheirTimes_InTheOrderInWhichTheyWereArmed()
    {
        var fired = new List<(string, double)>();
        await using var late = _clock.CreateTimer(_ => fired.Add(("late", Seconds)), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        await using var every = _clock.CreateTimer(_ => fired.Add(("every", Seconds)), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await using var disarmed = _clock.CreateTimer(_ => fired.Add(("disarmed", Seconds)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.True(disarmed.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));

        await _clock.AdvanceAsync(TimeSpan.FromSeconds(4));
        Assert.Equal([("every", 1), ("late", 3), ("every", 3)], fired);
        Assert.Equal(4, Seconds);
        Assert.Equal(TimeSpan.FromSeconds(4), _clock.GetElapsedTime(0));
        await every.DisposeAsync();
        Assert.False(every.Change(TimeSpan.Zero, TimeSpan.Zero));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(4));
        Assert.Equal(3, fired.Count);
    }

    [Fact]
    public async Task Timer_DueAtOnce_FiresThoughTheClockStandsStill()
    {
        var fired = new TaskCompletionSource();
        await using var timer = _clock.CreateTimer(_ => fired.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);

        await fired.Task.InTimeAsync();
        Assert.Equal(0, Seconds);
    }

    [Fact]
    public async Task Code_ThatWaitsAgainAndAgain_WakesAtEachOfItsTimesInOneMove()
    {
        var woken = new List<double>();
        var code = _clock.RunAsync(async () =>
        {
            for (var turn = 0; turn < 100; turn++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _clock);
                woken.Add(Seconds);
            }
        });
        await _clock.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.Equal(Enumerable.Range(1, 100).Select(second => (double)second), woken);
        Assert.Equal(3600, Seconds);
        await code.InTimeAsync();
    }

    /// <summary>These continue elsewhere than whoever completes them, and so out of sight of a clock that only fires timers.</summary>
    [Fact]
    public async Task Code_ThatHandsOn_IsWaitedFor()
    {
        var channel = Channel.CreateUnbounded<double>();
        using var turn = new SemaphoreSlim(0);
        var received = new List<(double Sent, double At)>();
        var sender = _clock.RunAsync(async () =>
        {
            while (Seconds < 50)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _clock);
                await Task.Yield();
                channel.Writer.TryWrite(Seconds);
                await turn.WaitAsync();
            }

            channel.Writer.Complete();
        });
        var receiver = _clock.RunAsync(async () =>
        {
            while (await channel.Reader.WaitToReadAsync())
            {
                received.Add((await channel.Reader.ReadAsync(), Seconds));
                turn.Release();
            }
        });
        await _clock.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(Enumerable.Range(1, 50).Select(second => ((double)second, (double)second)), received);
        await Task.WhenAll(sender, receiver).InTimeAsync();
    }

    [Fact]
    public async Task Code_WithAResultOrAnEnd_EndsAsItDoes()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.Equal(42, await _clock.RunAsync(static async () =>
        {
            await Task.Yield();
            return 42;
        }).InTimeAsync());
        await Assert.ThrowsAsync<FormatException>(() => _clock.RunAsync(static () => throw new FormatException()).InTimeAsync());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _clock.RunAsync(() => Task.Delay(TimeSpan.FromSeconds(1), _clock, cancelled.Token)).InTimeAsync());
    }

    [Fact]
    public async Task Code_HasWhatFlowsFromTheTest()
    {
        var flowing = new AsyncLocal<string> { Value = "from the test" };

        Assert.Equal("from the test", await _clock.RunAsync(async () =>
        {
            await Task.Delay(TimeSpan.Zero, _clock);
            await Task.Yield();
            return flowing.Value;
        }).InTimeAsync());
    }

    [Fact]
    public async Task Callback_ThatThrows_FailsTheMove()
    {
        await using var timer = _clock.CreateTimer(static _ => throw new FormatException(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        await Assert.ThrowsAsync<FormatException>(() => _clock.AdvanceAsync(TimeSpan.FromSeconds(2)));
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(3, Seconds);
    }

    [Fact]
    public async Task Code_ThatBlocks_FailsTheMoveInsteadOfHanging()
    {
        var clock = new FakeClock(null, TimeSpan.FromMilliseconds(50));
        using var gate = new ManualResetEventSlim();
        var code = clock.RunAsync(() =>
        {
            gate.Wait();
            return Task.CompletedTask;
        });

        await Assert.ThrowsAsync<InvalidOperationException>(() => clock.AdvanceAsync(TimeSpan.FromSeconds(1)).InTimeAsync());
        gate.Set();
        await code.InTimeAsync();
    }

    [Fact]
    public async Task Advance_WhileTheClockIsMoved_IsRefused()
    {
        InvalidOperationException? refused = null;
        await using var timer = _clock.CreateTimer(_ => refused = Assert.Throws<InvalidOperationException>(() => _ = _clock.AdvanceAsync(TimeSpan.Zero)), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        await _clock.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.NotNull(refused);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _clock.AdvanceAsync(TimeSpan.FromSeconds(-1)));
    }
}
