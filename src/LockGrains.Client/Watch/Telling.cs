namespace LockGrains;

/// <summary>Cancels a source and runs its callbacks, once, on whichever thread gets to it first.</summary>
internal sealed class Telling(CancellationTokenSource source, Action<Exception> onThrew) : IThreadPoolWorkItem
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;

    /// <summary>Ends when the pool has had its time.</summary>
    public ITimer? Patience { get; set; }

    /// <summary>Completes when all callbacks are done.</summary>
    public Task Done => _done.Task;

    public bool HasBegun => Volatile.Read(ref _begun) != 0;

    public void Execute()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
            return;

        Patience?.Dispose();
        try
        {
            source.Cancel();
        }
        catch (Exception exception)
        {
            onThrew(exception);
        }
        finally
        {
            _done.TrySetResult();
        }
    }
}
