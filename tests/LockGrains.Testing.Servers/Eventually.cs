namespace LockGrains.Testing.Servers;

/// <summary>Waits for what another process gives no event for. Everything else is awaited as an event.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Asks again and again until the answer is as expected.</summary>
    public static async Task<T> BecomesAsync<T>(Func<Task<T>> ask, Func<T, bool> isExpected, string what)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await ask();
            if (isExpected(answer))
                return answer;
            if (TimeProvider.System.GetElapsedTime(startedAt) > Patience)
                throw new TimeoutException($"Within {Patience} there was no {what}; the last answer was {answer}.");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
