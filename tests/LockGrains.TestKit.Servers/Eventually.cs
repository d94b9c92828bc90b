namespace LockGrains.TestKit.Servers;

/// <summary>Waits for what Orleans or another process gives no event for. Everything else is awaited as an event.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Asks again and again until the answer is as expected.</summary>
    /// <param name="ask">The question.</param>
    /// <param name="isExpected">Whether an answer will do.</param>
    /// <param name="what">What is waited for, for the message when it does not come.</param>
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

    /// <summary>Awaits an event that must come, and says which one did not.</summary>
    public static async Task<T> WithinPatienceAsync<T>(this Task<T> task, string what)
    {
        await ((Task)task).WithinPatienceAsync(what);
        return await task;
    }

    /// <summary>Awaits an event that must come, and says which one did not.</summary>
    public static async Task WithinPatienceAsync(this Task task, string what)
    {
        try
        {
            await task.WaitAsync(Patience);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"Within {Patience} there was no {what}.", exception);
        }
    }

    /// <summary>Completes when a token is cancelled.</summary>
    public static async Task WhenCancelledAsync(this CancellationToken token, string what)
    {
        var cancelled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(() => cancelled.TrySetResult(true));
        await cancelled.Task.WithinPatienceAsync(what);
    }
}
