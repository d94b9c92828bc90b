namespace LockGrains.Testing.Tests;

/// <summary>How a test waits for what must have happened by now: what hangs fails.</summary>
internal static class Ends
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(1);

    public static Task InTimeAsync(this Task task) => task.WaitAsync(Guard, TimeProvider.System);

    public static Task<T> InTimeAsync<T>(this Task<T> task) => task.WaitAsync(Guard, TimeProvider.System);

    public static Task<T> InTimeAsync<T>(this ValueTask<T> task) => task.AsTask().InTimeAsync();
}
