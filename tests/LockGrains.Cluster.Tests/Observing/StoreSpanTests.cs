using System.Collections.Concurrent;
using System.Diagnostics;

namespace LockGrains.Cluster.Tests;

/// <summary>What the storage does for a command is told below the span of that command, and never below that of another.</summary>
public sealed class StoreSpanTests : IAsyncLifetime, IDisposable
{
    private readonly string _key = LockCluster.NewKey("traced");
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly TaskCompletionSource _limitArrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActivityListener _listener;
    private LockCluster _cluster = null!;

    public StoreSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "LockGrains",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity =>
            {
                if (activity.OperationName == "lockgrains.grain.set_limit" && IsOfKey(activity))
                    _limitArrived.TrySetResult();
            },
            ActivityStopped = activity =>
            {
                if (IsOfKey(activity))
                    _spans.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public async Task InitializeAsync() => _cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1 });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Spans_OfAnAcquire_HaveItsLoadAndItsWrite()
    {
        await new Attempt(_cluster.GetLock(_key)).TakeAsync();

        var acquire = Assert.Single(_spans, span => span.OperationName == "lockgrains.grain.acquire");
        Assert.Equal(["loaded", "written"], StoreSpansOf(acquire).Select(span => span.GetTagItem("lockgrains.outcome")).Distinct());
        Assert.Equal("lock", Assert.Single(StoreSpansOf(acquire), span => span.OperationName == "lockgrains.store.write").GetTagItem("lockgrains.record"));
        Assert.Equal("granted", acquire.GetTagItem("lockgrains.outcome"));
    }

    [Fact]
    public async Task Spans_OfAWriteThatFails_SayThatNobodyKnows()
    {
        _cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);

        Assert.Equal(AcquireStatus.Unknown, (await _cluster.GetLock(_key).AcquireAsync(new Attempt(_cluster.GetLock(_key)).Request)).Status);

        var write = Assert.Single(_spans, span => span.OperationName == "lockgrains.store.write");
        Assert.Equal(("unknown", ActivityStatusCode.Error), ((string?)write.GetTagItem("lockgrains.outcome"), write.Status));
        Assert.Equal(typeof(IOException).FullName, write.GetTagItem("error.type"));
    }

    /// <summary>The write of a command that came while another was written goes on in the context of that one, which has its reply by then.</summary>
    [Fact]
    public async Task Write_OfACommandThatCameMeanwhile_IsNotBelowTheOneBefore()
    {
        var gate = _cluster.Probe[_key].HoldNextWrite();
        var taken = new Attempt(_cluster.GetLock(_key)).TakeAsync();
        await gate.WhenReachedAsync();
        var limited = _cluster.GetLock(_key).SetLimitAsync(3, 0).AsTask();
        await _limitArrived.Task.WithinPatienceAsync("second command");

        gate.Open();
        await taken;
        await limited.WithinPatienceAsync("its reply");

        Assert.Equal(2, _cluster.Probe[_key].HeadWrites);
        var acquire = Assert.Single(_spans, span => span.OperationName == "lockgrains.grain.acquire");
        Assert.Single(StoreSpansOf(acquire), span => span.OperationName == "lockgrains.store.write");
    }

    // Other tests' locks are traced by the same source.
    private bool IsOfKey(Activity activity) => (string?)activity.GetTagItem("lockgrains.key") == _key;

    private IEnumerable<Activity> StoreSpansOf(Activity command) =>
        _spans.Where(span => span.ParentSpanId == command.SpanId && span.TraceId == command.TraceId && span.OperationName.StartsWith("lockgrains.store.", StringComparison.Ordinal));
}
