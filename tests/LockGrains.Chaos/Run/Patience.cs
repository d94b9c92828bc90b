namespace LockGrains.Chaos;

/// <summary>Asks a cluster in trouble until it answers.</summary>
internal static class Patience
{
    /// <summary>
    /// Asks, so often at most. A failure may be of any kind: a silo passes on what its storage throws, a cancellation by the Redis client
    /// too, which must not look as if the run were to stop.
    /// </summary>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, int trials, TimeSpan pause, CancellationToken cancellationToken)
    {
        for (var trial = 1; ; trial++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await ask();
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (trial == trials)
                    throw new ChaosException($"asked {trials} times: {exception.GetType().Name}: {exception.Message}");
            }

            await Clock.DelayAsync(pause, cancellationToken);
        }
    }
}
