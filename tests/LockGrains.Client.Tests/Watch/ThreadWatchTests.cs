using System.Collections.Concurrent;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests.Watch;

/// <summary>Who is told of a loss, by whom, and who waits for nobody: over a pool that begins what it is given when the test says so.</summary>
public sealed class ThreadWatchTests : IDisposable
{
    private readonly ConcurrentQueue<IThreadPoolWorkItem> _pool = new();
    private readonly ManualResetEventSlim _blocked = new();
    private readonly ThreadWatch _watch;

    public ThreadWatchTests() => _watch = new ThreadWatch(new AlarmClock(new MonitorSleeper()), _pool.Enqueue);

    public void Dispose()
    {
        _blocked.Set();
        _blocked.Dispose();
    }

    [Fact]
    public async Task Cancel_PoolBegins_RunsThereAndOnlyThere()
    {
        // So soon that it is this thread which queues it.
        var watch = new ThreadWatch(new AlarmClock(new MonitorSleeper()), static work => work.Execute());
        using var loss = new Loss();
        _ = watch.Cancel(loss.Source, loss.OnThrew);

        Assert.Same(Thread.CurrentThread, await loss.Told.OrTimeoutAsync("the callback"));
        await WhenPatienceIsOverAsync(watch);
        Assert.Equal(1, loss.Callbacks);
    }

    [Fact]
    public async Task Cancel_PoolDoesNotBegin_RunsOnAThreadOfItsOwnAndOnlyThere()
    {
        using var loss = new Loss();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(loss.Source.Token);
        _ = _watch.Cancel(loss.Source, loss.OnThrew);

        Assert.False((await loss.Told.OrTimeoutAsync("the callback")).IsThreadPoolThread);
        await linked.Token.WhenCancelledAsync("the linked token");
        RunPool();
        Assert.Equal(1, loss.Callbacks);
    }

    [Fact]
    public async Task Cancel_CallbackBlocks_HoldsUpNoOther()
    {
        var losses = Enumerable.Range(0, 100).Select(_ => new Loss(_blocked)).ToList();
        foreach (var loss in losses)
            _ = _watch.Cancel(loss.Source, loss.OnThrew);

        foreach (var loss in losses)
            await loss.Told.OrTimeoutAsync("a callback, behind 99 that block");
        Assert.All(losses, loss => Assert.Equal(1, loss.Callbacks));
        _blocked.Set();
    }

    [Fact]
    public async Task Cancel_ManyAtOnceAndNoPool_MakesNoThreadForEach()
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        var losses = Enumerable.Range(0, 5000).Select(_ => new Loss()).ToList();
        foreach (var loss in losses)
            _ = _watch.Cancel(loss.Source, loss.OnThrew);
        var threads = await Task.WhenAll(losses.Select(loss => loss.Told)).OrTimeoutAsync("all the callbacks");

        // 32 at once, and one more for every 10 ms.
        var most = 32 + (TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds / 10);
        Assert.InRange(threads.Distinct().Count(), 1, most);
        losses.ForEach(loss => loss.Dispose());
    }

    [Fact]
    public async Task Cancel_PoolIsKnownToStandStill_DoesNotAskIt()
    {
        _watch.Warn();
        Assert.Single(_pool);
        await WhenPatienceIsOverAsync(_watch);
        using var loss = new Loss();
        _ = _watch.Cancel(loss.Source, loss.OnThrew);

        await loss.Told.OrTimeoutAsync("the callback");
        Assert.Single(_pool);
    }

    [Fact]
    public async Task Cancel_PoolHasAnsweredTheWarning_AsksItFirst()
    {
        _watch.Warn();
        RunPool();
        await WhenPatienceIsOverAsync(_watch);
        using var loss = new Loss();
        _ = _watch.Cancel(loss.Source, loss.OnThrew);

        Assert.Single(_pool);
        await loss.Told.OrTimeoutAsync("the callback");
    }

    [Fact]
    public async Task Cancel_CallbackThrows_SaysSoAndLives()
    {
        using var loss = new Loss();
        await using var bad = loss.Source.Token.Register(() => throw new InvalidOperationException("callback"));
        _ = _watch.Cancel(loss.Source, loss.OnThrew);

        var thrown = await loss.Thrown.OrTimeoutAsync("the exception");
        Assert.Equal("callback", Assert.IsType<AggregateException>(thrown).InnerExceptions.Single().Message);
        await loss.Told.OrTimeoutAsync("the other callback");
        using var next = new Loss();
        _ = _watch.Cancel(next.Source, next.OnThrew);
        await next.Told.OrTimeoutAsync("the next loss");
    }

    private void RunPool()
    {
        while (_pool.TryDequeue(out var work))
            work.Execute();
    }

    /// <summary>The watch's own alarm, armed after the one that matters, and due twice as late.</summary>
    private static async Task WhenPatienceIsOverAsync(ThreadWatch watch)
    {
        var rung = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var alarm = watch.CreateAlarm(static rung => ((TaskCompletionSource)rung!).SetResult(), rung);
        alarm.Change(watch.Notice * 2, Timeout.InfiniteTimeSpan);
        await rung.Task.OrTimeoutAsync("the alarm");
    }

    /// <summary>A source, and a callback on it that tells on which thread it ran.</summary>
    private sealed class Loss : IDisposable
    {
        private readonly TaskCompletionSource<Thread> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Exception> _thrown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _callbacks;

        public Loss(ManualResetEventSlim? gate = null) => Source.Token.Register(() =>
        {
            Interlocked.Increment(ref _callbacks);
            _told.TrySetResult(Thread.CurrentThread);
            gate?.Wait();
        });

        public CancellationTokenSource Source { get; } = new();

        public Task<Thread> Told => _told.Task;

        public Task<Exception> Thrown => _thrown.Task;

        public int Callbacks => Volatile.Read(ref _callbacks);

        public void OnThrew(Exception exception) => _thrown.TrySetResult(exception);

        public void Dispose() => Source.Dispose();
    }
}
