using System.Collections.Concurrent;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests.Watch;

/// <summary>On the real clock, since it has a thread of its own. Nothing is said of how late an alarm is, only that it is not early.</summary>
public sealed class AlarmClockTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Never = TimeSpan.FromDays(40);

    public static TheoryData<string> Sleepers => BootTimeSleeper.TryCreate() is null ? ["monitor"] : ["monitor", "boot time"];

    [Theory]
    [MemberData(nameof(Sleepers))]
    public async Task Alarms_RingOnceOnAThreadOfTheirOwn_NotBeforeTheyAreDue(string sleeper)
    {
        var clock = Create(sleeper);
        var rung = new ConcurrentBag<(int Alarm, bool IsEarly, bool IsPool)>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var startedAt = TimeProvider.System.GetTimestamp();
        foreach (var number in (int[])[3, 1, 0, 2])
        {
            Arm(clock, number * Soon, () =>
            {
                var isEarly = TimeProvider.System.GetElapsedTime(startedAt) < number * Soon;
                rung.Add((number, isEarly, Thread.CurrentThread.IsThreadPoolThread));
                if (rung.Count == 4)
                    all.SetResult();
            });
        }

        await all.Task.OrTimeoutAsync("the last alarm");
        Assert.Equal([(0, false, false), (1, false, false), (2, false, false), (3, false, false)], rung.Order());
    }

    [Theory]
    [MemberData(nameof(Sleepers))]
    public async Task Alarm_SetEarlierWhileTheThreadSleeps_WakesIt(string sleeper)
    {
        var clock = Create(sleeper);
        Arm(clock, Never, () => Assert.Fail("too early"));
        for (var i = 0; i < 20; i++)
        {
            var rung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var alarm = Arm(clock, Never, rung.SetResult);
            alarm.Change(TimeSpan.FromMilliseconds(i), Timeout.InfiniteTimeSpan);
            await rung.Task.OrTimeoutAsync("the alarm");
        }
    }

    [Theory]
    [MemberData(nameof(Sleepers))]
    public async Task Alarm_PutOffOrTakenBack_DoesNotRing(string sleeper)
    {
        var clock = Create(sleeper);
        var rung = new ConcurrentQueue<string>();
        long startedAt;
        do
        {
            // Again, where the machine took so long that an alarm was due before it was taken back.
            rung.Clear();
            startedAt = TimeProvider.System.GetTimestamp();
            Arm(clock, Soon, () => rung.Enqueue("put off")).Change(Never, Timeout.InfiniteTimeSpan);
            Arm(clock, Soon, () => rung.Enqueue("unset")).Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            var disposed = Arm(clock, Soon, () => rung.Enqueue("disposed"));
            disposed.Dispose();
            Assert.False(disposed.Change(Soon, Timeout.InfiniteTimeSpan));
        }
        while (TimeProvider.System.GetElapsedTime(startedAt) >= Soon);

        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Arm(clock, Soon * 2, last.SetResult);
        await last.Task.OrTimeoutAsync("the alarm after them");
        Assert.Empty(rung);
    }

    [Theory]
    [MemberData(nameof(Sleepers))]
    public async Task Alarms_OfManyThreads_AllRing(string sleeper)
    {
        var clock = Create(sleeper);
        using var all = new CountdownEvent(4000);
        var done = Task.Factory.StartNew(all.Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Parallel.ForAsync(0, 4, (thread, _) =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 1000; i++)
            {
                // It may have rung before it is set again, and rings once more then.
                var rung = 0;
                var alarm = Arm(clock, TimeSpan.FromMilliseconds(random.Next(50) + 50), () =>
                {
                    if (Interlocked.Exchange(ref rung, 1) == 0)
                        all.Signal();
                });
                if (random.Next(2) == 0)
                    alarm.Change(TimeSpan.FromMilliseconds(random.Next(100)), Timeout.InfiniteTimeSpan);
                if (random.Next(4) == 0)
                    alarm.Change(TimeSpan.FromDays(i), Timeout.InfiniteTimeSpan);
                alarm.Change(TimeSpan.FromMilliseconds(random.Next(100)), Timeout.InfiniteTimeSpan);
            }

            return ValueTask.CompletedTask;
        });

        await done.OrTimeoutAsync("all the alarms");
    }

    [Fact]
    public void Alarm_WithAPeriod_IsRefused() => Assert.Throws<NotSupportedException>(() =>
        new AlarmClock(new MonitorSleeper()).CreateAlarm(_ => { }, this).Change(Soon, Soon));

    private static AlarmClock Create(string sleeper) =>
        new(sleeper == "monitor" ? new MonitorSleeper() : BootTimeSleeper.TryCreate()!);

    private static ITimer Arm(AlarmClock clock, TimeSpan delay, Action ring)
    {
        var alarm = clock.CreateAlarm(static ring => ((Action)ring!)(), ring);
        alarm.Change(delay, Timeout.InfiniteTimeSpan);
        return alarm;
    }
}
