using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>A process that holds many locks under one session until it is killed.</summary>
internal static class SessionHolder
{
    public const string Verb = "shown-session";

    private const int AtATime = 64;

    public static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"shown/{number}");

    public static Task<int> RunAsync(WorkerOptions options) => Worker.RunAsync(options, (locks, ending) => HoldAsync(options, locks, ending));

    private static async Task HoldAsync(WorkerOptions options, ILockClient locks, CancellationToken ending)
    {
        await using var session = await locks.OpenSessionAsync(new LockSessionOptions { OwnerId = options.Name }, ending);
        var handles = new LockHandle[options.Handles];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, handles.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = ending },
            async (number, cancellationToken) => handles[number] = await session.AcquireAsync(KeyOf(number), cancellationToken: cancellationToken));
        Console.WriteLine(Worker.Ready);
        await Clock.DelayAsync(Timeout.InfiniteTimeSpan, ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        GC.KeepAlive(handles);
    }
}
