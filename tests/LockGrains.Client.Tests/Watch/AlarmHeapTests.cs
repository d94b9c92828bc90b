using LockGrains.TestKit;

namespace LockGrains.Client.Tests.Watch;

public sealed class AlarmHeapTests
{
    private static readonly AlarmClock Clock = new(new MonitorSleeper());

    [Fact]
    public void SetRemoveAndTake_InAnyOrder_DoWhatASortedListDoes() => RandomStory.Holds(200, random =>
    {
        var heap = new AlarmHeap();
        var alarms = Enumerable.Range(0, 60).Select(_ => new Alarm(Clock, _ => { }, this)).ToArray();
        var expected = new Dictionary<Alarm, long>();
        for (var step = 0; step < 400; step++)
        {
            var alarm = alarms[random.Next(alarms.Length)];
            switch (random.Next(4))
            {
                case 0 or 1:
                    expected[alarm] = random.Next(1000);
                    heap.Set(alarm, expected[alarm]);
                    break;
                case 2:
                    expected.Remove(alarm);
                    heap.Remove(alarm);
                    break;
                default:
                    TakeOne(heap, expected, now: random.Next(1000));
                    break;
            }

            Assert.Equal(expected.Count, heap.Count);
            Assert.Equal(expected.Count > 0 ? expected.Values.Min() : long.MaxValue, heap.FirstDueAt);
            Assert.All(alarms, one => Assert.Equal(expected.ContainsKey(one), one.Place >= 0));
        }

        while (expected.Count > 0)
            TakeOne(heap, expected, now: 1000);
        Assert.False(heap.TryTake(long.MaxValue, out _));
    });

    private static void TakeOne(AlarmHeap heap, Dictionary<Alarm, long> expected, long now)
    {
        var isDue = expected.Values.Any(dueAt => dueAt <= now);
        Assert.Equal(isDue, heap.TryTake(now, out var taken));
        if (!isDue)
            return;

        Assert.Equal(expected.Values.Min(), expected[taken!]);
        expected.Remove(taken!);
    }
}
