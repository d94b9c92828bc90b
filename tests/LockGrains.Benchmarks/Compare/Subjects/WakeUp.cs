namespace LockGrains.Benchmarks;

/// <summary>What the waiters of one channel in one process are woken by.</summary>
internal sealed class WakeUp(bool wakesOne) : IDisposable
{
    private readonly SemaphoreSlim _one = new(0);
    private TaskCompletionSource _all = Make();

    /// <summary>A message has come.</summary>
    public void Signal()
    {
        if (wakesOne)
            _one.Release();
        else
            Interlocked.Exchange(ref _all, Make()).SetResult();
    }

    /// <summary>From here on a message counts.</summary>
    public Task Listen() => Volatile.Read(ref _all).Task;

    /// <summary>Waits for a message since <see cref="Listen"/>, but not for ever.</summary>
    public async Task WaitAsync(Task heard, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (wakesOne)
        {
            await _one.WaitAsync(patience, cancellationToken);
            return;
        }

        try
        {
            await heard.WaitAsync(patience, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Then the holder has died, or is slow: try again.
        }
    }

    public void Dispose() => _one.Dispose();

    private static TaskCompletionSource Make() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
