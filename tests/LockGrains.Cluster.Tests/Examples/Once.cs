using System.Globalization;

namespace LockGrains.Cluster.Tests;

/// <summary>Every host brings the database to its version before it begins, and one of them does the work.</summary>
internal sealed class Migration(ILockClient locks, Func<string, long, CancellationToken, Task<int>> migrate)
{
    public async Task<string> BringToAsync(string version, CancellationToken stop)
    {
        var run = await locks.RunOnceAsync(
            "migrate",
            async (handle, told) => $"{await migrate(version, handle.FencingToken, told)} tables",
            new RunOnceOptions { Edition = version },
            stop);
        return run.Status == RunOnceStatus.Superseded
            ? throw new InvalidOperationException($"The database has version {run.Last!.Edition}. This program is of version {version}.")
            : $"{run.Status}: {run.Outcome}"; // Ran here, or AlreadyRun elsewhere
    }
}

/// <summary>A report that each host's timer asks for every night.</summary>
internal sealed class NightlyReport(ILockClient locks, TimeProvider time, Func<CancellationToken, Task> send)
{
    public async Task<bool> SendAsync(CancellationToken stop)
    {
        var options = new RunOnceOptions
        {
            Edition = time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Wait = TimeSpan.Zero, // another host is at it: leave it to that one
            Acquire = new AcquireOptions { HoldFor = TimeSpan.FromMinutes(1), MaxHold = TimeSpan.FromHours(1) },
        };
        var run = await locks.RunOnceAsync("nightly-report", (_, told) => send(told), options, stop);
        return run.Status == RunOnceStatus.Ran;
    }
}
