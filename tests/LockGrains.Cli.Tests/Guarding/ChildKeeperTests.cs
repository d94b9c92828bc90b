using LockGrains.Cli.Guarding;
using LockGrains.Cli.Tests.Children;

namespace LockGrains.Cli.Tests.Guarding;

public sealed class ChildKeeperTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly FakeChild _child = new();
    private readonly FakeSleeper _sleeper = new();
    private readonly List<EndStep> _steps = [];
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChildKeeper _keeper;
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    public ChildKeeperTests() => _keeper = new ChildKeeper(TimeSpan.FromSeconds(5), _sleeper, () => _now, Note);

    [Fact]
    public async Task Keep_LeaseRunsOut_TerminatesThenKillsOnItsOwn()
    {
        Learn(130);
        _keeper.Keep(_child);
        Assert.Equal(TimeSpan.FromSeconds(25) - EndPlan.Margin, _sleeper.Delay);
        WakeAt(125);
        await _child.TerminatedSource.Task.WaitAsync(Guard);
        Assert.False(_child.KilledSource.Task.IsCompleted);
        WakeAt(130);
        await _child.KilledSource.Task.WaitAsync(Guard);
        await _killed.Task.WaitAsync(Guard);
        Assert.Equal([EndStep.Ask, EndStep.Kill], _steps);
        Assert.Null(_sleeper.Delay);
    }

    [Fact]
    public async Task Keep_LockWasLostBeforeItBegan_KillsAtOnce()
    {
        Learn(99);
        _keeper.Keep(_child);
        await _child.KilledSource.Task.WaitAsync(Guard);
    }

    [Fact]
    public void Learn_AfterTheEnd_TellsNothing()
    {
        _keeper.Keep(_child);
        _child.End(0);
        _keeper.Learn(static (plan, now) => plan.HolderGone(now));
        Assert.False(_child.TerminatedSource.Task.IsCompleted);
        Assert.Empty(_steps);
    }

    private void Learn(double deadline) => _keeper.Learn((plan, _) => plan.HeldUntil(TimeSpan.FromSeconds(deadline)));

    private void WakeAt(double time)
    {
        _now = TimeSpan.FromSeconds(time);
        _sleeper.Wake();
    }

    private void Note(EndStep step)
    {
        // A signal that is sent is worth nothing if what tells of it comes first and is stuck.
        Assert.True(step == EndStep.Kill ? _child.KilledSource.Task.IsCompleted : _child.TerminatedSource.Task.IsCompleted);
        _steps.Add(step);
        if (step == EndStep.Kill)
            _killed.TrySetResult();
    }
}
