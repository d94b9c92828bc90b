namespace LockGrains.TestKit;

/// <summary>
/// A task scheduler that runs what was queued when the test says so, on the test's thread, in the order in which it was queued. Code
/// that stays on its scheduler, as a grain's must, then has one interleaving per test; code that strays to the thread pool is caught.
/// </summary>
public sealed class DeterministicScheduler : TaskScheduler
{
    /// <summary>Far more steps than one run of a test takes: only something that wakes itself up again and again gets here.</summary>
    private const int StepsMax = 1_000_000;

    private readonly Queue<Task> _queue = new();
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private bool _isRunning;
    private string? _stray;

    /// <summary>How many tasks are queued.</summary>
    public int Queued => _queue.Count;

    /// <summary>Runs until nothing is queued.</summary>
    /// <exception cref="InvalidOperationException">Something was queued from another thread, or the queue never runs dry.</exception>
    public void Run()
    {
        if (_isRunning)
            return;
        var before = SynchronizationContext.Current;
        try
        {
            // A test runner's context would take the continuations away from this scheduler.
            SynchronizationContext.SetSynchronizationContext(null);
            _isRunning = true;
            for (var steps = 0; _queue.TryDequeue(out var task); steps++)
            {
                if (steps == StepsMax)
                    throw new InvalidOperationException($"The queue has not run dry after {StepsMax} steps.");

                TryExecuteTask(task);
            }
        }
        finally
        {
            _isRunning = false;
            SynchronizationContext.SetSynchronizationContext(before);
        }

        if (_stray is not null)
            throw new InvalidOperationException(_stray);
    }

    /// <summary>Runs a function on this scheduler, and then all that follows from it.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="function">The function.</param>
    public T Run<T>(Func<T> function)
    {
        var task = Task.Factory.StartNew(function, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);
        Run();
        return task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("The scheduler is running already.");
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        if (Environment.CurrentManagedThreadId != _threadId)
            _stray ??= $"Something ran on another thread and queued a task from there:{Environment.NewLine}{Environment.StackTrace}";
        lock (_queue) _queue.Enqueue(task);
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        _isRunning && !taskWasPreviouslyQueued && Environment.CurrentManagedThreadId == _threadId && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_queue) return [.. _queue];
    }
}
