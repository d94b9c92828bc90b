namespace LockGrains;

internal static class CancellationExtensions
{
    /// <summary>Cancels at once. Callbacks run on the thread pool, not on ours, and what they throw is theirs.</summary>
    /// <param name="source">What to cancel.</param>
    /// <param name="onThrew">Told what callbacks threw.</param>
    public static async void CancelNow(this CancellationTokenSource source, Action<Exception> onThrew)
    {
        try
        {
            await source.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            onThrew(exception);
        }
    }
}
