namespace LockGrains.Simulation;

/// <summary>
/// An operating system's process: it runs, stands still, or is gone, and has clocks of its own. All its code runs on it as a task
/// scheduler, so that a pause holds it between any two steps, and a crash leaves every await for ever unfinished.
/// </summary>
internal sealed class SimulatedProcess : TaskScheduler
{
    private readonly EventLoop _loop;
    private readonly Action<Exception> _onDefect;
    private readonly Queue<Task> _heldTasks = new();
    private readonly Queue<Action> _heldActions = new();

    public SimulatedProcess(EventLoop loop, string name, ProcessClock clock, Action<Exception> onDefect)
    {
        _loop = loop;
        _onDefect = onDefect;
        Name = name;
        Clock = clock;
        clock.Owner = this;
    }

    public string Name { get; }

    public ProcessClock Clock { get; }

    public bool IsDead { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Done once, first of all, when it runs again.</summary>
    public Action? OnResume { get; set; }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        if (!IsPaused)
            return;
        IsPaused = false;
        OnResume?.Invoke();
        OnResume = null;
        while (_heldTasks.TryDequeue(out var task))
            _loop.Ready(this, task);
        while (_heldActions.TryDequeue(out var action))
            Do(action);
    }

    public void Crash()
    {
        IsDead = true;
        _heldTasks.Clear();
        _heldActions.Clear();
    }

    /// <summary>Starts code of this process.</summary>
    public void Post(Action action) => Start(
        static state =>
        {
            var (process, action) = ((SimulatedProcess, Action))state!;
            try
            {
                action();
            }
            catch (Exception exception)
            {
                process._onDefect(exception);
            }
        },
        (this, action));

    /// <summary>Starts an asynchronous procedure of this process.</summary>
    public void Post(Func<Task> procedure) => Start(
        static state =>
        {
            var (process, procedure) = ((SimulatedProcess, Func<Task>))state!;
            _ = process.WatchAsync(procedure);
        },
        (this, procedure));

    /// <summary>Does something to this process from outside, as an interrupt would; while it stands still, later.</summary>
    public void Do(Action action)
    {
        if (IsDead)
            return;
        if (IsPaused)
            _heldActions.Enqueue(action);
        else
            action();
    }

    /// <summary>Waits on this process's monotonic clock.</summary>
    public Task DelayAsync(TimeSpan delay)
    {
        var elapsed = new TaskCompletionSource();
        _loop.After(Clock.ToTrue(delay.Ticks), this, () => elapsed.TrySetResult());
        return elapsed.Task;
    }

    internal void Run(Task task)
    {
        if (IsDead)
            return;
        if (IsPaused)
            _heldTasks.Enqueue(task);
        else
            TryExecuteTask(task);
    }

    protected override void QueueTask(Task task)
    {
        if (!IsDead)
            _loop.Ready(this, task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _heldTasks;

    private void Start(Action<object?> action, object state) =>
        Task.Factory.StartNew(action, state, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    private async Task WatchAsync(Func<Task> procedure)
    {
        try
        {
            await procedure();
        }
        catch (Exception exception)
        {
            _onDefect(exception);
        }
    }
}
