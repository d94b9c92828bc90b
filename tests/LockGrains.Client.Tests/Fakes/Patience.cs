namespace LockGrains.Client.Tests.Fakes;

/// <summary>How long, in real time, a test waits for what must come anyway, before it says that it did not.</summary>
internal static class Patience
{
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(60);

    public static async Task<T> OrTimeoutAsync<T>(this Task<T> task, string what)
    {
        await ((Task)task).OrTimeoutAsync(what);
        return await task;
    }

    public static async Task OrTimeoutAsync(this Task task, string what)
    {
        if (await Task.WhenAny(task, Task.Delay(Max, TimeProvider.System, CancellationToken.None)) != task)
            throw new TimeoutException($"This never came: {what}.");

        await task;
    }

    /// <summary>Completes when the token is cancelled.</summary>
    public static async Task WhenCancelledAsync(this CancellationToken token, string what)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(() => cancelled.TrySetResult());
        await cancelled.Task.OrTimeoutAsync(what);
    }
}
