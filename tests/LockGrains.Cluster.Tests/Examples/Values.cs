using System.Globalization;

namespace LockGrains.Cluster.Tests;

/// <summary>Of several servers one leads, and all others find it by the value of its lock.</summary>
internal sealed class Leadership(ILockClient locks)
{
    public async Task LeadAsync(string address, Func<CancellationToken, Task> serve)
    {
        var options = new AcquireOptions { Value = LockValue.OfText(address) }; // set with the grant, by one write
        await using var handle = await locks.AcquireAsync("leader", options: options);
        await serve(handle.AtRiskToken);
    }

    public async Task<string?> FindAsync()
    {
        var reply = await locks.GetValueAsync("leader");
        return reply.Value?.Text; // null while nobody leads
    }
}

/// <summary>A long import, which each holder goes on with where the last one was.</summary>
internal sealed class Import(ILockClient locks, string[] pages)
{
    public async Task<bool> RunAsync(Func<string, LockHandle, Task> import)
    {
        await using var handle = await locks.AcquireAsync("import");
        var found = await locks.GetValueAsync("import");
        var done = int.Parse(found.Value?.Text ?? "0", CultureInfo.InvariantCulture);
        while (done < pages.Length)
        {
            await import(pages[done], handle);
            done++;
            await handle.SetValueAsync(LockValue.OfText($"{done}", keepFor: TimeSpan.FromDays(7)));
            if (handle.WaitedForToken.IsCancellationRequested)
                return false; // somebody waits: let them in, and go on from here later
        }

        return await handle.SetValueAsync(new LockValue()); // clears it
    }
}

/// <summary>A plan that takes long to make: it is made without the lock, and written only over the one that it was made from.</summary>
internal sealed class Planner(ILockClient locks)
{
    public async Task<bool> TryReplaceAsync(Func<string, Task<string>> revise)
    {
        var found = await locks.GetValueAsync("plan");
        if (found.Value is null)
            return false; // its version would say nothing

        var plan = await revise(found.Value.Text); // nobody is kept waiting meanwhile
        await using var handle = await locks.AcquireAsync("plan");
        return await handle.SetValueAsync(LockValue.OfText(plan, keepFor: TimeSpan.FromDays(30)), ifVersion: found.Version);
    }
}
