using LockGrains.Cli.Children;

namespace LockGrains.Cli.Guarding;

/// <summary>Carries out an <see cref="EndPlan"/> on a child, on time, by a clock that goes on while the machine is suspended.</summary>
internal sealed class ChildKeeper
{
    private readonly Lock _gate = new();
    private readonly ISleeper _sleeper;
    private readonly Func<TimeSpan> _now;
    private readonly Action<EndStep> _onStep;
    private EndPlan _plan;
    private IChild? _child;

    /// <summary>Makes one.</summary>
    /// <param name="grace">How long the child has between being asked to end and being ended.</param>
    /// <param name="sleeper">What its thread sleeps on.</param>
    /// <param name="now">The time.</param>
    /// <param name="onStep">Told what was done.</param>
    public ChildKeeper(TimeSpan grace, ISleeper sleeper, Func<TimeSpan> now, Action<EndStep> onStep)
    {
        _plan = new EndPlan { Grace = grace };
        _sleeper = sleeper;
        _now = now;
        _onStep = onStep;
    }

    /// <summary>What a keeper sleeps on here.</summary>
    public static ISleeper MakeSleeper() => (ISleeper?)BootTimeSleeper.TryCreate() ?? new MonitorSleeper();

    /// <summary>Whether the child was asked to end, or ended.</summary>
    public bool HasAsked
    {
        get { lock (_gate) return _plan.IsAsked; }
    }

    /// <summary>Keeps this child from now on.</summary>
    public void Keep(IChild child)
    {
        lock (_gate) _child = child;
        new Thread(Run) { IsBackground = true, Name = "deadline" }.Start();
        Look();
    }

    /// <summary>Something has become known.</summary>
    public void Learn(Func<EndPlan, TimeSpan, EndPlan> what)
    {
        lock (_gate) _plan = what(_plan, _now());
        Look();
    }

    private void Run()
    {
        while (true)
        {
            _sleeper.Sleep();
            Look();
        }
    }

    private void Look()
    {
        EndStep step;
        lock (_gate)
        {
            if (_child is null || _child.Ended.IsCompleted)
                return;

            var now = _now();
            (_plan, step) = _plan.Next(now);
            _sleeper.WakeIn(_plan.LookAt == TimeSpan.MaxValue ? null : _plan.LookAt - now);
        }

        // First what is to be done, then what is to be told of it.
        if (step == EndStep.Ask)
            _child.Terminate();
        if (step == EndStep.Kill)
            _child.Kill();
        if (step != EndStep.None)
            _onStep(step);
    }
}
