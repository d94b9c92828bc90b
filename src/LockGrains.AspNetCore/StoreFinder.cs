namespace LockGrains.AspNetCore;

/// <summary>
/// Finds out who the store is. Replies are true without it: only the first look is waited for, and only a moment. While no silo knows or replies, one
/// look after another goes on in the background, and no reply waits.
/// </summary>
/// <param name="ask">Asks a silo.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreFinder(Func<CancellationToken, Task<Guid>> ask, TimeProvider time)
{
    /// <summary>How long after its begin the first look is waited for.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);

    /// <summary>How long a look may take, and how soon after the begin of one that failed the next begins.</summary>
    public static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    private readonly Lock _looking = new();
    private Task<Guid>? _look;
    private long _lookedAt;
    private bool _isFirst;

    /// <summary>Who the store is; null where nobody can say yet. It never changes.</summary>
    public async ValueTask<string?> FindAsync(CancellationToken cancellationToken)
    {
        var (look, wait) = Look();
        if (!look.IsCompleted && wait <= TimeSpan.Zero)
            return null;
        try
        {
            return (look.IsCompleted ? await look : await look.WaitAsync(wait, time, cancellationToken)).ToString("N");
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private (Task<Guid> Look, TimeSpan Wait) Look()
    {
        lock (_looking)
        {
            var passed = time.GetElapsedTime(_lookedAt);
            var hasFailed = _look is { IsCompleted: true, IsCompletedSuccessfully: false };
            if (_look is null || (hasFailed && passed >= LookMax))
            {
                _isFirst = _look is null;
                (_lookedAt, passed) = (time.GetTimestamp(), TimeSpan.Zero);

                // A call that takes its time before it returns a task holds nobody up.
                _look = Task.Run(AskAsync);
                _look.Ignore();
            }

            return (_look, _isFirst ? WaitMax - passed : TimeSpan.Zero);
        }
    }

    private async Task<Guid> AskAsync()
    {
        using var late = new CancellationTokenSource(LookMax, time);
        var reply = ask(late.Token);
        reply.Ignore();
        return await reply.WaitAsync(late.Token);
    }
}
