using System.Runtime.CompilerServices;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Coordination;

/// <summary>What a key keeps of calls: a busy one answers tens of thousands in the time of a slice.</summary>
public sealed class WaitingCallMemoryTests
{
    [Fact]
    public void CallThatWasGranted_IsForgottenBeforeItsSliceWouldHaveEnded()
    {
        var world = new LockWorld();
        var key = world.Activate();
        key.Acquire(A, renews: false);
        var answer = WaitAndBeGranted(world, key);
        key.Release(B);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(answer.IsAlive);
        Assert.True(key.Acquire(C).IsGranted);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference WaitAndBeGranted(LockWorld world, Activation key)
    {
        Task<LockAnswer> waiting = null!;
        var acquire = new LockCommand.Acquire(new LockRequest(B, "", LockMode.Exclusive, Sec(10), false), Forever);
        world.Together(() => waiting = key.Coordinator.ExecuteAsync(acquire));
        Assert.False(waiting.IsCompleted);
        key.Release(A);
        Assert.True(waiting.IsCompletedSuccessfully);
        return new WeakReference(waiting);
    }
}
