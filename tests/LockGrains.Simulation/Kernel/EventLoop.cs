namespace LockGrains.Simulation;

/// <summary>
/// Virtual time: what is to happen, in the order of its time, and of its making when together. One thread does all of it, one thing
/// after another; between two of them the time jumps. Nothing else moves a world.
/// </summary>
internal sealed class EventLoop
{
    private const long StepsAtOnceMax = 100_000;
    private const long LooksAtOnceMax = 1_000_000;

    private readonly PriorityQueue<(SimulatedProcess? Process, Action Action), (long At, long Order)> _future = new();
    private readonly Queue<(SimulatedProcess Process, Task Task)> _ready = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;
    private long _stepsNow;
    private long _looksNow;

    /// <summary>The true time, in ticks since the world began. No process can see it.</summary>
    public long Now { get; private set; }

    /// <summary>How many things have happened.</summary>
    public long Steps { get; private set; }

    /// <summary>Set when something ran on another thread: then nothing of this world can be believed.</summary>
    public bool Escaped { get; private set; }

    /// <summary>Set when so much happens at one instant that it will never end.</summary>
    public bool IsStuck { get; private set; }

    public bool IsEmpty => _future.Count == 0 && _ready.Count == 0;

    /// <summary>A process looked at its clock.</summary>
    /// <exception cref="InvalidOperationException">It does nothing else any more: otherwise its loop would never let go of this thread.</exception>
    public void Look()
    {
        if (++_looksNow > LooksAtOnceMax)
            throw new InvalidOperationException("The clock is looked at again and again, and time stands still.");
    }

    public void After(long delay, Action action) => Enqueue(delay, null, action);

    /// <summary>Has something done to a process from outside; later, if it stands still then.</summary>
    public void After(long delay, SimulatedProcess process, Action action) => Enqueue(delay, process, action);

    public void Ready(SimulatedProcess process, Task task)
    {
        if (Environment.CurrentManagedThreadId != _thread)
            Escaped = true;
        else
            _ready.Enqueue((process, task));
    }

    /// <summary>Runs until a time, or until nothing is left to happen, or somebody says stop.</summary>
    public void RunUntil(long end, Func<bool> isStopped)
    {
        RunReady();
        while (!isStopped() && _future.TryPeek(out _, out var next) && next.At <= end)
        {
            var (process, action) = _future.Dequeue();
            Step(next.At);
            if (process is null)
                action();
            else
                process.Do(action);
            RunReady();
        }
    }

    private void Enqueue(long delay, SimulatedProcess? process, Action action) =>
        _future.Enqueue((process, action), (Now + Math.Max(delay, 0), ++_order));

    private void Step(long now)
    {
        (_stepsNow, _looksNow) = now == Now ? (_stepsNow + 1, _looksNow) : (0, 0);
        IsStuck |= _stepsNow > StepsAtOnceMax;
        Now = now;
        Steps++;
    }

    private void RunReady()
    {
        while (!IsStuck && _ready.TryDequeue(out var next))
        {
            Step(Now);
            next.Process.Run(next.Task);
        }
    }
}
