namespace LockGrains.Docs.Tests.Examples;

/// <summary>The first code that a reader of the README sees.</summary>
internal static class QuickStart
{
    public static async Task<long> RunAsync(ILockClient locks, IReportStore store, CancellationToken stoppingToken)
    {
        var fence = 0L;
        await using (var handle = await locks.AcquireAsync("nightly-report", cancellationToken: stoppingToken))
        {
            // Held here, and renewed in the background. First come, first served; a crashed holder's lease runs out by itself.
            var report = await BuildReportAsync(handle.HandleLostToken);
            await store.SaveAsync(report, handle.FencingToken, handle.HandleLostToken);
            fence = handle.FencingToken;
        }

        return fence;
    }

    public static async Task<bool> TryAsync(ILockClient locks)
    {
        await using var handle = await locks.TryAcquireAsync("nightly-report", wait: TimeSpan.FromSeconds(5));
        if (handle is null)
            return false; // somebody else has it, and had it for five seconds
        return true;
    }

    private static Task<string> BuildReportAsync(CancellationToken cancellationToken) =>
        Task.FromResult(cancellationToken.IsCancellationRequested ? "late" : "report");
}
