using LockGrains.AspNetCore.Tests.Harness;

namespace LockGrains.AspNetCore.Tests.Calls;

/// <summary>Who the store is may be in a reply, and never holds one up for long.</summary>
public sealed class StoreFinderTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Find_NoSiloReplies_IsWaitedForOnce()
    {
        var finder = new StoreFinder(new SlowSilo().AskAsync, _time);
        var first = finder.FindAsync(CancellationToken.None).AsTask();
        await _time.WhenTimerDueInAsync(StoreFinder.WaitMax);
        _time.Advance(StoreFinder.WaitMax);
        Assert.Null(await first.WithinPatienceAsync("end of the first"));

        var second = finder.FindAsync(CancellationToken.None).AsTask();

        Assert.True(second.IsCompleted);
        Assert.Null(await second);
    }

    [Fact]
    public async Task Find_ASiloRepliesAgain_IsFoundByALaterLook()
    {
        var silo = new SlowSilo();
        var finder = new StoreFinder(silo.AskAsync, _time);
        var first = finder.FindAsync(CancellationToken.None).AsTask();
        await _time.WhenTimerDueInAsync(StoreFinder.LookMax);
        await _time.WhenTimerDueInAsync(StoreFinder.WaitMax);
        _time.Advance(StoreFinder.LookMax);
        Assert.Null(await first.WithinPatienceAsync("end of the first"));
        silo.Replies = true;

        var found = await Eventually.BecomesAsync(() => finder.FindAsync(CancellationToken.None).AsTask(), id => id is not null, "identity");

        Assert.Matches("^[0-9a-f]{32}$", found);
        Assert.Equal(2, silo.Calls);
    }

    [Fact]
    public async Task Find_NoSiloReplies_IsAskedOnceAtATime()
    {
        var silo = new SlowSilo();
        var finder = new StoreFinder(silo.AskAsync, _time);
        var calls = Enumerable.Range(0, 20).Select(_ => finder.FindAsync(CancellationToken.None).AsTask()).ToList();
        await _time.WhenTimersDueInAsync(StoreFinder.WaitMax, calls.Count);
        await _time.WhenTimerDueInAsync(StoreFinder.LookMax);
        _time.Advance(StoreFinder.WaitMax);

        Assert.All(await Task.WhenAll(calls).WithinPatienceAsync("end of all"), found => Assert.Null(found));
        await Eventually.BecomesAsync(() => Task.FromResult(silo.Calls), calls => calls > 0, "call");
        Assert.Equal(1, silo.Calls);
    }

    [Fact]
    public async Task Host_NoSiloReplies_LooksOnceAndStarts()
    {
        var silo = new SlowSilo();

        await using var host = await ApiHost.StartAsync(LostFactory.Make(silo)).WithinPatienceAsync("start");

        // Nobody has asked.
        await Eventually.BecomesAsync(() => Task.FromResult(silo.Calls), calls => calls == 1, "call");
    }

    /// <summary>A silo whose first reply never comes, whatever becomes of its token.</summary>
    private sealed class SlowSilo : IStoreGrain
    {
        private readonly Guid _identity = Guid.NewGuid();
        private int _calls;

        public bool Replies { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public Task<Guid> AskAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _calls);
            return Replies ? Task.FromResult(_identity) : new TaskCompletionSource<Guid>().Task;
        }

        public ValueTask<Guid> GetIdentityAsync(CancellationToken cancellationToken) => new(AskAsync(cancellationToken));
    }
}
