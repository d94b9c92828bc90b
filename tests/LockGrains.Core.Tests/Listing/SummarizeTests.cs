using LockGrains.Core.Tests.Coordination;
using static LockGrains.Core.Tests.Ids;
using static LockGrains.Core.Tests.Times;

namespace LockGrains.Core.Tests.Listing;

/// <summary>What an activation lets be listed.</summary>
public sealed class SummarizeTests
{
    private readonly LockWorld _world = new();

    [Fact]
    public void Activation_ThatNobodyHasAsked_IsNotListed_AndReadsNothing()
    {
        var key = _world.Activate();

        Assert.Null(Summarize(key));
        Assert.Equal(0, key.Store.Operations);
    }

    [Fact]
    public void Hold_IsListedFromTheGrantToTheRelease_WithTheTimeOfTheActivation()
    {
        _world.Advance(Sec(5));
        var key = _world.Activate();
        key.Acquire(A, renews: false);
        _world.Advance(Sec(2));
        key.Acquire(B);

        Assert.Equal((Sec(2), 1), (Summarize(key)!.HeldFor, Summarize(key)!.QueueLength));
        key.Release(A);
        key.Release(B);
        Assert.Null(Summarize(key));
    }

    [Fact]
    public void ActivationThatHasEnded_IsNotListed()
    {
        var key = _world.Activate();
        key.Acquire(A);
        key.Stop();

        Assert.Null(Summarize(key));
    }

    private static LockSummary? Summarize(Activation key) => key.Coordinator.Summarize("key", LockListState.All);
}
