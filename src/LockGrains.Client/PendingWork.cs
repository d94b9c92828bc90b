using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>
/// What must come to its end before a disposed client is done: acquires that have not returned, and the cancels and releases that
/// are repeated in the background because nobody may be left holding or waiting for a lock without a handle.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class PendingWork(ClientRuntime runtime)
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _isClosed;
    private bool _isDraining;

    /// <summary>Counts an acquire, unless the client is closed.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (_isClosed)
                return false;

            _count++;
            return true;
        }
    }

    public void End()
    {
        lock (_gate)
        {
            if (--_count == 0 && _isDraining)
                _idle.TrySetResult();
        }
    }

    /// <summary>
    /// Repeats a call in the background until its reply is definite, until so much time has passed that nothing can be left to
    /// clean up, or until the client stops. The task never fails; no reply means that it was given up.
    /// </summary>
    public Task<Answer<T>> RepeatAsync<T>(Func<ValueTask<T>> call, Func<T, bool> isDefinite, TimeSpan patience)
        where T : class
    {
        lock (_gate)
        {
            // A closed client still finishes what ends during its drain.
            if (_stop.IsCancellationRequested)
                return TryOnceAsync(call, isDefinite);

            _count++;
        }

        return ClientRuntime.StartDetached(async () =>
        {
            try
            {
                return await runtime.AskAsync(call, isDefinite, patience, _stop.Token, repeatsRefused: true).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return default;
            }
            finally
            {
                End();
            }
        });
    }

    /// <summary>
    /// Calls once, for a client that has stopped. A handle may be disposed after its client; that is sent if there still is a connection. If
    /// there is none any more, that is no news.
    /// </summary>
    private Task<Answer<T>> TryOnceAsync<T>(Func<ValueTask<T>> call, Func<T, bool> isDefinite)
        where T : class => ClientRuntime.StartDetached(async () =>
    {
        try
        {
            var reply = await ClientRuntime.Begin(call).AsTask().WaitAsync(runtime.Options.AttemptTimeout, runtime.Time).ConfigureAwait(false);
            return new Answer<T>(isDefinite(reply) ? reply : null);
        }
        catch (Exception exception)
        {
            return new Answer<T>(null, exception);
        }
    });

    /// <summary>
    /// Begins work unless it has begun, and needs no lock for that, so none is held while a message is sent, through whatever the program has
    /// put in its way.
    /// </summary>
    /// <param name="place">Where the work is once it has begun.</param>
    /// <param name="begin">Begins it.</param>
    /// <param name="state">What it is begun with.</param>
    /// <returns>The work; awaited, until it was begun and then until it is done.</returns>
    public static Task<Task<T>> BeginOnce<T>(ref Task<Task<T>>? place, Func<object?, Task<T>> begin, object state)
    {
        if (Volatile.Read(ref place) is { } begun)
            return begun;

        var mine = new Task<Task<T>>(begin, state);
        if (Interlocked.CompareExchange(ref place, mine, null) is { } other)
            return other;

        mine.RunSynchronously(TaskScheduler.Default);
        return mine;
    }

    /// <summary>No acquire begins any more.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
    }

    /// <summary>Waits until all is done, but no longer than this, then stops what is left.</summary>
    /// <param name="timeout">How long.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How much was left.</returns>
    public async Task<int> DrainAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _isDraining = true;
            if (_count == 0)
                _idle.TrySetResult();
        }

        // What is left then is counted below.
        await _idle.Task.WaitAsync(timeout, runtime.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int left;
        lock (_gate) left = _count;
        await runtime.Watch.CancelAsync(_stop).ConfigureAwait(false);
        return left;
    }
}
