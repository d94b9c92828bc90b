using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>Who is told to end a hold that several handles share, when two of them do something at the same moment.</summary>
public sealed class HoldSharesTests
{
    [Fact]
    public void AreReferredTo_TheLastWasReleasedAMomentAgo_IsNotForgotten()
    {
        var shares = new HoldShares();
        var collected = new WeakReference<LockHandle>(null!);
        shares.Open(collected);
        Assert.False(shares.AreReferredTo());

        // A renewal may look now, before the hold is ended.
        Assert.Equal(HoldShares.End.OfHold, shares.Close(collected));
        Assert.True(shares.AreReferredTo());
    }

    [Fact]
    public async Task OpenAndClose_AtTheSameTime_EitherSharesOrEnds()
    {
        const int Turns = 5_000;
        var (first, other) = (new WeakReference<LockHandle>(null!), new WeakReference<LockHandle>(null!));
        var all = Enumerable.Range(0, Turns).Select(_ => new HoldShares()).ToArray();
        foreach (var shares in all)
            shares.Open(first);
        using var barrier = new Barrier(2);
        var opened = OnThread(shares => shares.TryOpen(other, of: first));
        var closed = OnThread(shares => shares.Close(first));

        var isOpened = await opened.OrTimeoutAsync("the entries");
        var ends = await closed.OrTimeoutAsync("the ends");
        for (var turn = 0; turn < Turns; turn++)
        {
            Assert.Equal(isOpened[turn] ? HoldShares.End.OfShare : HoldShares.End.OfHold, ends[turn]);
            Assert.Equal(isOpened[turn], all[turn].IsOpen(other));
        }

        // Threads of their own, which meet before each turn.
        Task<T[]> OnThread<T>(Func<HoldShares, T> act) => Task.Factory.StartNew(
            () => all.Select(shares =>
            {
                barrier.SignalAndWait();
                return act(shares);
            }).ToArray(),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }
}
