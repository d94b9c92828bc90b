namespace LockGrains;

/// <summary>Whether the thread pool begins what it is given.</summary>
internal sealed class PoolPulse(Action<IThreadPoolWorkItem> queueToPool) : IThreadPoolWorkItem
{
    private static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(40);

    // When the question was sent that is not answered; 0 when none is.
    private long _askedAt;

    public bool IsLate => Volatile.Read(ref _askedAt) is var askedAt and not 0 && TimeProvider.System.GetElapsedTime(askedAt) >= LateAfter;

    /// <summary>Asks, unless a question is on its way.</summary>
    public void Ask()
    {
        if (Interlocked.CompareExchange(ref _askedAt, TimeProvider.System.GetTimestamp(), 0) == 0)
            queueToPool(this);
    }

    public void Execute() => Volatile.Write(ref _askedAt, 0);
}
