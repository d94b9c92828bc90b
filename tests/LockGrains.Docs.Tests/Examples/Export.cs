namespace LockGrains.Docs.Tests.Examples;

/// <summary>Code under test: it writes a page a second, for as long as it holds the lock.</summary>
internal sealed class Export(ILockClient locks, TimeProvider time)
{
    public int Pages { get; private set; }

    public async Task<bool> RunAsync(CancellationToken stop = default)
    {
        await using var handle = await locks.TryAcquireAsync("export", wait: TimeSpan.FromSeconds(30), cancellationToken: stop);
        if (handle is null)
            return false; // somebody else exports

        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, handle.HandleLostToken);
        try
        {
            for (Pages = 0; Pages < 60; Pages++)
                await Task.Delay(TimeSpan.FromSeconds(1), time, end.Token); // stands for the writing of a page
            return true;
        }
        catch (OperationCanceledException) when (handle.HandleLostToken.IsCancellationRequested)
        {
            return false; // the lock is lost, and the next may begin
        }
    }
}
