namespace LockGrains.Docs.Tests.Examples;

/// <summary>A lock that is nice to have, but not to be waited for long.</summary>
internal static class TimedTry
{
    public static async Task<bool> RunAsync(ILockClient locks)
    {
        await using var handle = await locks.TryAcquireAsync("nightly-report", wait: TimeSpan.FromSeconds(5));
        if (handle is null)
            return false; // somebody else has it, and had it for five seconds
        return true;
    }
}
