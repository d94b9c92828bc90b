using System.Collections.Concurrent;

namespace LockGrains.Cluster.Tests;

/// <summary>What docs/SHARING.md shows does what it says.</summary>
public sealed class SharingTests : IAsyncLifetime
{
    private readonly SharedPage _page = new();
    private LockCluster _cluster = null!;
    private LockClient _locks = null!;

    public async Task InitializeAsync()
    {
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1 });
        _locks = LockClient.Create(_cluster.Grains);
    }

    public async Task DisposeAsync()
    {
        await _locks.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Writer_WhileOthersRead_WaitsAndTheirLateReadsAreRefused()
    {
        await using var first = await _locks.AcquireSharedAsync("page");
        await using var second = await _locks.AcquireSharedAsync("page");
        Assert.Equal("draft", _page.Read(first.FencingToken));
        Assert.Equal("draft", _page.Read(second.FencingToken));

        var editor = new PageEditor(_locks, _page);
        var writing = editor.WriteAsync("new");
        await WhenAsync("page", info => info.QueueLength == 1, "writer in the queue");
        var reading = editor.ReadAsync();
        await WhenAsync("page", info => info.QueueLength == 2, "reader behind the writer");
        await first.ReleaseAsync();
        Assert.False(writing.IsCompleted);
        await second.ReleaseAsync();

        await writing.WithinPatienceAsync("writer");
        Assert.Equal("new", await reading.WithinPatienceAsync("reader"));
        Assert.Throws<OutdatedTokenException>(() => _page.Read(second.FencingToken));
    }

    [Fact]
    public async Task Upgrade_WhileOthersRead_GoesBeforeThoseWhoWaitAndGivesALargerToken()
    {
        var editor = new PageEditor(_locks, _page);
        await using var reader = await _locks.AcquireSharedAsync("page");
        var publishing = editor.PublishAsync();
        await WhenAsync("page", info => info.Waiters is [{ Ticket: 0 }], "upgrade before the queue");
        var reading = editor.ReadAsync();
        await WhenAsync("page", info => info.QueueLength == 1, "reader in the queue");
        Assert.False(publishing.IsCompleted);
        await reader.ReleaseAsync();

        Assert.True(await publishing.WithinPatienceAsync("publication"));
        Assert.Equal("published", await reading.WithinPatienceAsync("reader"));
        Assert.Throws<OutdatedTokenException>(() => _page.Read(reader.FencingToken));
        Assert.False(await editor.PublishAsync());
    }

    [Fact]
    public async Task Permits_OfThreeMachines_AreTakenTogetherAndEachOnceAtATime()
    {
        var converters = new Converters(_locks, ["a", "b", "c"]);
        var inUse = new ConcurrentDictionary<string, bool>();
        var used = new ConcurrentDictionary<string, bool>();
        var allAtWork = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => converters.ConvertAsync(async (machine, lost) =>
        {
            Assert.True(inUse.TryAdd(machine, true), $"Two are on machine {machine}.");
            used.TryAdd(machine, true);
            if (inUse.Count == 3)
                allAtWork.TrySetResult();
            await allAtWork.Task.WithinPatienceAsync("all machines at work");
            Assert.False(lost.IsCancellationRequested);
            inUse.TryRemove(machine, out var _);
        })));

        Assert.Equal(["a", "b", "c"], used.Keys.Order());
    }

    [Fact]
    public async Task LimitOfAKey_RaisedWhileOthersWork_LetsTheNextIn()
    {
        var exports = new Exports(_locks);
        Assert.True(await exports.TryAllowAsync(1, insteadOf: 0));
        Assert.False(await exports.TryAllowAsync(5, insteadOf: 3));
        var numbers = new ConcurrentQueue<int>();
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task Work(int number)
        {
            numbers.Enqueue(number);
            return end.Task;
        }

        Task[] exporting = [exports.ExportAsync(Work), exports.ExportAsync(Work)];
        await WhenAsync("exports", info => info is { HolderCount: 1, QueueLength: 1 }, "one at work and one in the queue");
        Assert.True(await exports.TryAllowAsync(2, insteadOf: 1));
        await WhenAsync("exports", info => info.HolderCount == 2, "two at work");
        end.SetResult();

        await Task.WhenAll(exporting).WithinPatienceAsync("both exports");
        Assert.Equal([0, 1], numbers.Order());
    }

    [Fact]
    public async Task Latch_OpensWhenTheLastWorkerIsDone()
    {
        var parts = new ReportParts(_locks);
        await using var first = await parts.BeginAsync();
        await using var second = await parts.BeginAsync();
        var all = parts.WhenAllAreDoneAsync();
        await WhenAsync("report", info => info.QueueLength == 1, "who waits for all workers");

        await first.ReleaseAsync();
        await WhenAsync("report", info => info.HolderCount == 1, "end of the first worker");
        Assert.False(all.IsCompleted);
        await second.ReleaseAsync();

        await all.WithinPatienceAsync("latch");
    }

    [Fact]
    public async Task Barrier_LetsAllWhoWaitInTogether()
    {
        var line = new StartLine(_locks);
        var closed = await line.CloseAsync();
        Task[] passing = [line.PassAsync(), line.PassAsync(), line.PassAsync()];
        await WhenAsync("start", info => info.QueueLength == 3, "three at the barrier");
        Assert.DoesNotContain(passing, task => task.IsCompleted);

        await closed.ReleaseAsync();

        await Task.WhenAll(passing).WithinPatienceAsync("all three behind the barrier");
    }

    private Task<LockInfo> WhenAsync(string key, Func<LockInfo, bool> isSo, string what) =>
        Eventually.BecomesAsync(async () => await _locks.GetInfoAsync(key), isSo, what);
}
