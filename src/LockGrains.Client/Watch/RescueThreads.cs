using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>
/// Threads for what the pool did not begin in time. Each telling has one to itself while its callbacks run, so that one that blocks holds
/// up no other. Up to <see cref="AtOnceMax"/> are made at once, and then one every <see cref="Growth"/> while somebody waits: when all
/// locks of a process are lost together there is not a thread for each, and yet the last of them is told whatever the others do.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It lives as long as the process.")]
internal sealed class RescueThreads
{
    private const int AtOnceMax = 32;

    private static readonly TimeSpan Growth = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(10);

    // Monitors and events, because they wait without the pool.
    private readonly object _gate = new();
    private readonly AutoResetEvent _short = new(initialState: false);
    private readonly ManualResetEvent _never = new(initialState: false);
    private readonly Queue<Telling> _waiting = new();
    private int _threads;
    private int _idle;

    private bool IsShort => _idle < _waiting.Count;

    /// <summary>
    /// Starts the one that starts the others. Whoever starts a thread waits until the system runs it, for which the clock has no time.
    /// </summary>
    public RescueThreads() => new Thread(StartThreads) { IsBackground = true, Name = "LockGrains threads" }.UnsafeStart();

    /// <summary>A thread may be needed in a moment, and had better be there already, and have done before what it is to do.</summary>
    public void Prepare()
    {
        lock (_gate)
        {
            if (_idle == 0 && _waiting.Count == 0)
                Add(new Telling(new CancellationTokenSource(), static _ => { }));
        }
    }

    public void Add(Telling telling)
    {
        lock (_gate)
        {
            _waiting.Enqueue(telling);
            Monitor.Pulse(_gate);
            if (IsShort)
                _short.Set();
        }
    }

    private void StartThreads()
    {
        while (true)
        {
            _short.WaitOne();
            while (IsShortOfThreads(out var areMany))
            {
                if (areMany)
                    _never.WaitOne(Growth);
                if (!TryStart())
                    _never.WaitOne(Growth);
            }
        }
    }

    private bool IsShortOfThreads(out bool areMany)
    {
        lock (_gate)
        {
            areMany = _threads >= AtOnceMax;
            return IsShort;
        }
    }

    private bool TryStart()
    {
        // Counted before it runs: who is to wait for it must not ask for another.
        lock (_gate) (_threads, _idle) = (_threads + 1, _idle + 1);
        try
        {
            new Thread(Run) { IsBackground = true, Name = "LockGrains loss" }.UnsafeStart();
            return true;
        }
        catch (OutOfMemoryException)
        {
            // The system has none to give just now. Somebody waits, so it is asked again.
            lock (_gate) (_threads, _idle) = (_threads - 1, _idle - 1);
            return false;
        }
    }

    private void Run()
    {
        while (TakeNext() is { } telling)
        {
            telling.Execute();
            lock (_gate) _idle++;
        }
    }

    private Telling? TakeNext()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (Monitor.Wait(_gate, IdleMax) || _waiting.Count > 0)
                    continue;

                (_threads, _idle) = (_threads - 1, _idle - 1);
                return null;
            }

            _idle--;
            var telling = _waiting.Dequeue();
            if (IsShort)
                _short.Set();
            return telling;
        }
    }
}
