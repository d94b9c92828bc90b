namespace LockGrains.Cluster.Tests;

/// <summary>Tells when an upgrade waits. It has no place in the queue that its client would be told, so the lock is asked.</summary>
internal static class UpgradeWatch
{
    /// <summary>Returns once an upgrade waits in a call.</summary>
    /// <param name="read">Reads the lock.</param>
    /// <returns>The lock as it was then.</returns>
    public static Task<LockInfo> WhenWaitsAsync(Func<Task<LockInfo>> read) =>
        Eventually.BecomesAsync(read, info => info.Waiters is [{ Ticket: 0, Attached: true }, ..], "upgrade that waits in a call");
}
