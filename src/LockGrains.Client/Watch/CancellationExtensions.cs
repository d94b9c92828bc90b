namespace LockGrains;

internal static class CancellationExtensions
{
    /// <summary>Cancels at once. Callbacks run on the thread pool, not on ours, and what they throw is theirs.</summary>
    /// <param name="watch">Who has the threads for that.</param>
    /// <param name="source">What to cancel.</param>
    /// <param name="onThrew">Told what callbacks threw.</param>
    /// <returns>Completes when all callbacks are done; never fails.</returns>
    public static async Task CancelNow(this IWatch watch, CancellationTokenSource source, Action<Exception> onThrew)
    {
        try
        {
            await watch.CancelAsync(source).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            onThrew(exception);
        }
    }
}
