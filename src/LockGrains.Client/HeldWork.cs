namespace LockGrains;

/// <summary>
/// Work under a lock that is held. It is told to stop when the lock is at risk, and not only when it is lost: the last third of the lease is its time
/// to do so.
/// </summary>
internal static class HeldWork
{
    /// <summary>Does the work, and waits for its end. It begins in the context of the caller.</summary>
    /// <param name="handle">The handle of the lock.</param>
    /// <param name="body">The work.</param>
    /// <param name="cancellationToken">The caller's token, which asks the work to stop, too.</param>
    /// <returns>What it returned; or how it was stopped, where it was told to stop and did. What else it throws is thrown.</returns>
    public static async Task<(T? Result, OperationCanceledException? Stopped)> DoAsync<T>(
        LockHandle handle, Func<LockHandle, CancellationToken, Task<T>> body, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.AtRiskToken);
        try
        {
            return (await body(handle, stop.Token).ConfigureAwait(true), null);
        }
        catch (OperationCanceledException exception) when (stop.IsCancellationRequested)
        {
            return (default, cancellationToken.IsCancellationRequested
                ? new OperationCanceledException(exception.Message, exception, cancellationToken)
                : new OperationCanceledException(
                    $"The work under the lock '{handle.Key}' was told to stop, and did: the lock was at risk, or the host stops.", exception, handle.AtRiskToken));
        }
    }
}
