using System.Threading.Tasks.Sources;

namespace LockGrains.Testing;

/// <summary>
/// Where all happens that has to do with a <see cref="FakeClock"/>, one piece after another: timers, locks, replies, the client's own work, and
/// the code under test. It asks the clock for more only when nothing is queued.
/// <para>
/// That is enough to know that all is at rest. A client goes on only when a timer fires, a reply comes or a token is cancelled, and each of
/// these is a piece of work here without a context, so the client runs inside of it until its next wait; and its first call comes here
/// before it is sent (<see cref="HopAsync"/>), so no other thread completes what it is about to wait for.
/// </para>
/// </summary>
/// <param name="next">What to do when nothing is queued; null for nothing.</param>
/// <param name="guard">How long, in real time, one piece of work may take.</param>
internal sealed class Pump(Func<Action?> next, TimeSpan guard)
{
    private readonly Lock _gate = new();
    private readonly Queue<(Action Work, SynchronizationContext? Context)> _queue = new();
    private bool _isRunning;
    private int _threadId;
    private long _steps;
    private Exception? _failure;

    /// <summary>Code that runs in it comes back to the pump after each wait.</summary>
    public SynchronizationContext Context => field ??= new PumpContext(this);

    /// <summary>Runs its tasks on the pump.</summary>
    public TaskScheduler Scheduler => field ??= new PumpScheduler(this);

    private bool IsHere => Volatile.Read(ref _threadId) == Environment.CurrentManagedThreadId;

    public void Post(Action work, SynchronizationContext? context = null)
    {
        lock (_gate) _queue.Enqueue((work, context));
        Wake();
    }

    /// <summary>Looks whether there is something to do.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (_isRunning)
                return;

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static pump => pump.Run(), this, preferLocal: false);
    }

    /// <summary>Does something: now where this is the pump, else soon. Nothing of it finds a context.</summary>
    public Task DoAsync(Action work)
    {
        if (!IsHere)
        {
            return RunAsync(() =>
            {
                work();
                return Task.FromResult(true);
            });
        }

        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            work();
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Runs something that takes its time.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> work, SynchronizationContext? context = null)
    {
        // Whoever awaits it may be the test, which may block, and must not do that here.
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => _ = FollowAsync(), context);
        return done.Task;

        async Task FollowAsync()
        {
            try
            {
                done.SetResult(await work());
            }
            catch (OperationCanceledException exception)
            {
                done.SetCanceled(exception.CancellationToken);
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }
    }

    /// <summary>Goes on here. Completed where this is the pump.</summary>
    public ValueTask<bool> HopAsync() => IsHere ? ValueTask.FromResult(true) : new ValueTask<bool>(new Hop(this), 0);

    /// <summary>Tells one who waits for rest, or what went wrong before it.</summary>
    public void Complete(TaskCompletionSource wait)
    {
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
            wait.TrySetException(failure);
        else
            wait.TrySetResult();
    }

    /// <summary>Fails what waits for rest when nothing moves any more, instead of waiting for ever.</summary>
    public async Task WatchOverAsync(Task rest)
    {
        while (!rest.IsCompleted)
        {
            var steps = Volatile.Read(ref _steps);
            await rest.WaitAsync(guard, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!rest.IsCompleted && steps == Volatile.Read(ref _steps))
            {
                throw new InvalidOperationException(
                    $"The code under test has not come to rest within {guard.TotalSeconds} s of real time. Something blocks its thread: await it instead.");
            }
        }

        await rest.ConfigureAwait(false);
    }

    private void Run()
    {
        Volatile.Write(ref _threadId, Environment.CurrentManagedThreadId);
        while (TryTake(out var work, out var context))
        {
            SynchronizationContext.SetSynchronizationContext(context);
            try
            {
                work();
            }
            catch (Exception exception)
            {
                // Of a timer's callback, or of an async void method: it fails the test, which moves the clock, and not its process.
                _failure ??= exception;
            }

            Interlocked.Increment(ref _steps);
        }

        SynchronizationContext.SetSynchronizationContext(null);
    }

    private bool TryTake(out Action work, out SynchronizationContext? context)
    {
        lock (_gate)
        {
            if (_queue.TryDequeue(out var item))
            {
                (work, context) = item;
                return true;
            }

            (work, context) = (next()!, null);
            if (work is not null)
                return true;

            Volatile.Write(ref _threadId, 0);
            _isRunning = false;
            return false;
        }
    }

    /// <summary>Never completed until somebody awaits it, and then on the pump: so there is nothing that another thread could be late for.</summary>
    private sealed class Hop(Pump pump) : IValueTaskSource<bool>
    {
        public bool GetResult(short token) => true;

        public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            pump.Post(() => continuation(state));
    }

    private sealed class PumpContext(Pump pump) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => pump.Post(() => d(state), this);

        public override void Send(SendOrPostCallback d, object? state) => pump.DoAsync(() => d(state)).GetAwaiter().GetResult();

        public override SynchronizationContext CreateCopy() => this;
    }

    private sealed class PumpScheduler(Pump pump) : TaskScheduler
    {
        public override int MaximumConcurrencyLevel => 1;

        protected override void QueueTask(Task task) => pump.Post(() => TryExecuteTask(task));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
