using LockGrains.TestKit;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>A world in which keys fall silent.</summary>
public abstract class SilentKeys
{
    private protected SilentKeys(IRecords? records = null) => World = new LockWorld(Policy, records);

    internal static LockPolicy Policy { get; } = new();

    /// <summary>The first token of a key is ahead of the clock by the skew that is allowed, and waits that much longer.</summary>
    internal static TimeSpan Silence { get; } = Policy.ForgetAfter + Policy.MaxClockSkew;

    private protected LockWorld World { get; }

    private protected Activation Used() => Used(out _);

    private protected Activation Used(out FencingToken token)
    {
        var key = World.Activate();
        token = key.Acquire(A).Lease.FencingToken;
        key.Release(A);
        World.Advance(Sec(1));
        return key;
    }

    /// <summary>A key whose queue was stored, and is empty again.</summary>
    private protected Activation Queued(int waiters)
    {
        var key = World.Activate();
        key.Acquire(A);
        for (var waiter = 1; waiter <= waiters; waiter++)
            key.Acquire(Of(waiter), slice: Sec(60));
        World.Advance(Sec(1));
        for (var waiter = 1; waiter <= waiters; waiter++)
            key.Cancel(Of(waiter));
        key.Release(A);
        World.Advance(Sec(1));
        return key;
    }
}
