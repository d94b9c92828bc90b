using LockGrains.TestKit;

namespace LockGrains.Client.Tests;

/// <summary>The clock that all these tests rely on.</summary>
public sealed class ManualTimeProviderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Advance_SeveralDue_FiresInDueOrderEachAtItsTime()
    {
        var fired = new List<(string, TimeSpan)>();
        using var late = Arm("late", Second * 3);
        using var early = Arm("early", Second);
        using var alsoEarly = Arm("also early", Second);
        using var never = Arm("never", Second * 6);
        _time.Advance(Second * 5);

        Assert.Equal([("early", Second), ("also early", Second), ("late", Second * 3)], fired);
        Assert.Equal(Second * 5, _time.Elapsed);
        Assert.Equal(1, _time.ArmedTimers);

        ITimer Arm(string name, TimeSpan dueIn) =>
            _time.CreateTimer(_ => fired.Add((name, _time.Elapsed)), null, dueIn, Never);
    }

    [Fact]
    public void Advance_CallbackArmsATimer_FiresThatToo()
    {
        var fired = TimeSpan.Zero;
        using var second = _time.CreateTimer(_ => fired = _time.Elapsed, null, Never, Never);
        using var first = _time.CreateTimer(_ => second.Change(Second, Never), null, Second, Never);
        _time.Advance(Second * 2);

        Assert.Equal(Second * 2, fired);
    }

    [Fact]
    public void Timer_Periodic_FiresUntilDisposed()
    {
        var count = 0;
        using (_time.CreateTimer(_ => count++, null, Second, Second * 2)) _time.Advance(Second * 6);
        _time.Advance(Second * 6);

        Assert.Equal(3, count);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void Timer_ChangedToInfinite_DoesNotFire()
    {
        var fired = false;
        using var timer = _time.CreateTimer(_ => fired = true, null, Second, Never);
        Assert.True(timer.Change(Never, Never));
        _time.Advance(Second * 2);

        Assert.False(fired);
        timer.Dispose();
        Assert.False(timer.Change(Second, Never));
    }

    [Fact]
    public void WallClock_Jumps_MonotonicClockDoesNot()
    {
        var before = _time.GetTimestamp();
        var wall = _time.GetUtcNow();
        _time.JumpWallClock(TimeSpan.FromHours(-2));
        _time.Advance(Second);

        Assert.Equal(Second, _time.GetElapsedTime(before));
        Assert.Equal(wall - TimeSpan.FromHours(2) + Second, _time.GetUtcNow());
    }

    [Fact]
    public async Task WhenTimerDueIn_ArmedLater_CompletesThen()
    {
        var armed = _time.WhenTimerDueInAsync(Second);
        using var other = _time.CreateTimer(_ => { }, null, Second * 2, Never);
        Assert.False(armed.IsCompleted);
        var delay = Task.Delay(Second, _time, CancellationToken.None);
        await armed;
        _time.Advance(Second);

        await delay;
    }

    [Fact]
    public void Advance_WithinAdvance_IsRefused()
    {
        Exception? refusal = null;
        using var timer = _time.CreateTimer(
            _ => refusal = Record.Exception(() => _time.Advance(Second)), null, Second, Never);
        _time.Advance(Second);

        Assert.IsType<InvalidOperationException>(refusal);
    }

    [Fact]
    public void Timer_DelayBeyondTheSystems_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.CreateTimer(_ => { }, null, TimeSpan.FromDays(50), Never));
}
