using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// What an operator sees of the locks: measures by their documented names and tags, never a key; and each trouble in the log
/// once.
/// </summary>
public sealed class MetricsAndLogsTests : IAsyncLifetime, IDisposable
{
    private readonly string _key = LockCluster.NewKey("observed");
    private readonly ManualTimeProvider _clock = new();
    private readonly ConcurrentQueue<Measurement> _measured = new();
    private readonly MeterListener _listener = new();
    private LockCluster _cluster = null!;

    private ILockGrain Grain => _cluster.GetLock(_key);

    public async Task InitializeAsync()
    {
        _cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1, Clock = _clock });
        var factory = _cluster.SiloServices.Single().GetRequiredService<IMeterFactory>();

        // Other tests' silos have meters of the same name, in this same process.
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "LockGrains" && instrument.Meter.Scope == factory)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            _measured.Enqueue(new(instrument.Name, value, [.. tags]));
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Metrics_LifeOfALock_AreMeasuredUnderTheirNamesAndNeverByKey()
    {
        var holder = new Attempt(Grain, "holder");
        var (waiter, leaving) = (new Attempt(Grain, "waiter"), new Attempt(Grain, "leaving"));
        await holder.TakeAsync();
        await holder.RenewAsync();
        var (waiting, left) = (BeginWait(waiter), BeginWait(leaving));
        await WhenQueueHasAsync(2);
        _clock.Advance(TimeSpan.FromSeconds(3));
        await leaving.CancelAsync();
        await left;
        await holder.ReleaseAsync();
        await waiting;
        await waiter.ReleaseAsync();

        Assert.Equal(2, Sum("lockgrains.leases.granted"));
        Assert.Equal(1, Sum("lockgrains.leases.renewed"));
        Assert.Equal(2, Sum("lockgrains.waiters.queued"));
        Assert.Equal(1, Sum("lockgrains.waiters.ended", ("reason", "cancelled")));
        Assert.Equal(1, Sum("lockgrains.state.loads", ("fenced", false)));
        Assert.Equal([1, 2], ValuesOf("lockgrains.queue.length").Order());
        Assert.Equal([3.0], ValuesOf("lockgrains.wait.duration"));
        Assert.Equal([0.0, 3.0], ValuesOf("lockgrains.lease.hold.duration", ("end", "released")).Order());
        Assert.Equal([0.0], ValuesOf("lockgrains.handover.duration"));
        Assert.NotEmpty(ValuesOf("lockgrains.state.write.duration", ("outcome", "written")));
        Assert.All(ValuesOf("lockgrains.state.write.size", ("record", "lock")), bytes => Assert.InRange(bytes, 20, 500));
        AssertTags();
    }

    /// <summary>The next one has the lock once storage has that: the write is what a hand-over costs.</summary>
    [Fact]
    public async Task Metrics_HandoverWithASlowWrite_IsAsLongAsTheWrite()
    {
        var holder = new Attempt(Grain, "holder");
        await holder.TakeAsync();
        var waiting = BeginWait(new Attempt(Grain, "waiter"));
        await WhenQueueHasAsync(1);
        var gate = _cluster.Probe[_key].HoldNextWrite();
        var released = holder.ReleaseAsync();
        await gate.WhenReachedAsync();

        _clock.Advance(TimeSpan.FromMilliseconds(40));
        gate.Open();
        await released;

        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant")).Status);
        Assert.Equal([0.04], ValuesOf("lockgrains.handover.duration"));
    }

    /// <summary>Nobody's hold ended when it came in, however long ago one did.</summary>
    [Fact]
    public async Task Metrics_WaiterLetInByADowngrade_IsNoHandover()
    {
        var (before, holder, reader) = (new Attempt(Grain, "before"), new Attempt(Grain, "holder"), new Attempt(Grain, "reader") { Mode = LockMode.Shared });
        await before.TakeAsync();
        await before.ReleaseAsync();
        await holder.TakeAsync();
        var waiting = BeginWait(reader);
        await WhenQueueHasAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(3));

        await holder.DowngradeAsync(1);

        Assert.Equal(AcquireStatus.Granted, (await waiting.WithinPatienceAsync("grant")).Status);
        Assert.Equal([3.0], ValuesOf("lockgrains.wait.duration"));
        Assert.Empty(ValuesOf("lockgrains.handover.duration"));
    }

    /// <summary>One that is not there when the hold ends is waited for: so long nobody works, and that is told.</summary>
    [Fact]
    public async Task Metrics_HandoverToOneThatComesBackLater_IsAsLongAsNobodyHeld()
    {
        var (holder, waiter) = (new Attempt(Grain, "holder"), new Attempt(Grain, "waiter"));
        await holder.TakeAsync();
        var queued = waiter.QueueAsync();
        await WhenQueueHasAsync(1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AcquireStatus.Queued, (await queued.WithinPatienceAsync("place")).Status);
        await holder.ReleaseAsync();
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(AcquireStatus.Granted, (await waiter.WaitAsync().WithinPatienceAsync("grant")).Status);

        Assert.Equal([2.0], ValuesOf("lockgrains.handover.duration"));
    }

    /// <summary>An operator sees from a silo alone that its storage is away, and that it is back.</summary>
    [Fact]
    public async Task Metrics_StoreUp_FollowsTheLastOperation()
    {
        var holder = new Attempt(Grain, "holder", mayBeUnknown: true);
        Assert.Equal(1, StoreUp());
        await holder.TakeAsync();
        _cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        Assert.Equal(RenewStatus.Unknown, (await Grain.RenewAsync(holder.LeaseId)).Status);
        Assert.Equal(0, StoreUp());

        await holder.RenewAsync();

        Assert.Equal(1, StoreUp());
        _cluster.Probe[_key].FailNextWrites(WriteFault.Conflict);
        Assert.Equal(RenewStatus.Unknown, (await Grain.RenewAsync(holder.LeaseId)).Status);
        Assert.Equal(1, StoreUp());
    }

    [Fact]
    public async Task Metrics_FencedLoadQuarantineAndExpiry_AreMeasured()
    {
        var holder = new Attempt(Grain, "holder", mayBeUnknown: true);
        await holder.TakeAsync();
        _cluster.Probe[_key].FailNextWrites(WriteFault.Conflict);
        Assert.Equal(RenewStatus.Unknown, (await Grain.RenewAsync(holder.LeaseId)).Status);
        _cluster.Probe[_key].FailNextWrites(WriteFault.None, WriteFault.FailAfter);
        await holder.RenewAsync();
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(VerifyStatus.NotHeld, (await holder.VerifyAsync()).Status);

        Assert.Equal(1, Sum("lockgrains.quarantines", ("reason", "conflict")));
        Assert.Equal(1, Sum("lockgrains.quarantines", ("reason", "outcome_unknown")));
        Assert.Equal(2, Sum("lockgrains.state.loads", ("fenced", true)));
        Assert.Single(ValuesOf("lockgrains.lease.hold.duration", ("end", "expired")));
        Assert.Single(ValuesOf("lockgrains.state.write.duration", ("outcome", "conflict")));
        Assert.Single(ValuesOf("lockgrains.state.write.duration", ("outcome", "unknown")));
        AssertTags();
    }

    [Fact]
    public async Task Logs_Quarantine_IsWarnedOfOnceWithKeyReasonAndCause()
    {
        var holder = new Attempt(Grain, "holder", mayBeUnknown: true);
        await holder.TakeAsync();
        var waits = Enumerable.Range(0, 5).Select(_ => BeginWait(new Attempt(Grain))).ToArray();
        await WhenQueueHasAsync(5);

        _cluster.Probe[_key].FailNextWrites(WriteFault.FailBefore);
        await Grain.RenewAsync(holder.LeaseId);
        await Task.WhenAll(waits);
        await holder.RenewAsync();

        var entry = Assert.Single(_cluster.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
        Assert.Equal((LogLevel.Warning, "StorageFails"), (entry.Level, entry.Event));
        Assert.Contains(_key, entry.Message, StringComparison.Ordinal);
        Assert.Contains("fault of the test", entry.Message, StringComparison.Ordinal);
        Assert.Null(entry.Exception);
        var detail = Assert.Single(_cluster.Logs.Entries, entry => entry.Event == "Quarantined");
        Assert.Equal(LogLevel.Debug, detail.Level);
        Assert.Contains(nameof(QuarantineReason.OutcomeUnknown), detail.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(detail.Exception);
    }

    [Fact]
    public async Task Logs_Revocation_NamesTheHolderAndNeverItsLeaseId()
    {
        var holder = new Attempt(Grain, "the holder");
        var token = await holder.TakeAsync();

        await holder.RevokeAsync(token);

        var entry = Assert.Single(_cluster.Logs.Entries, entry => entry.Event == "Revoked");
        Assert.Contains("'the holder'", entry.Message, StringComparison.Ordinal);
        Assert.Contains($"{token}", entry.Message, StringComparison.Ordinal);
        var secret = holder.LeaseId.ToString();
        Assert.All(_cluster.Logs.Entries, other => Assert.DoesNotContain(secret, other.Message, StringComparison.OrdinalIgnoreCase));
    }

    private Task<AcquireReply> BeginWait(Attempt waiter) =>
        Grain.AcquireAsync(waiter.Request with { Wait = Timeout.InfiniteTimeSpan }).AsTask();

    private Task<int> WhenQueueHasAsync(int waiters) => Eventually.BecomesAsync(
        async () => (await Grain.GetInfoAsync()).QueueLength, length => length == waiters, $"queue of {waiters}");

    private double StoreUp()
    {
        _listener.RecordObservableInstruments();
        return ValuesOf("lockgrains.store.up").Last();
    }

    private double Sum(string name, params (string Key, object Value)[] tags) => ValuesOf(name, tags).Sum();

    private IEnumerable<double> ValuesOf(string name, params (string Key, object Value)[] tags) => _measured
        .Where(one => one.Name == name && tags.All(tag => one.Tags.Contains(new(tag.Key, tag.Value))))
        .Select(one => one.Value);

    private void AssertTags()
    {
        string[] known = ["end", "reason", "fenced", "record", "outcome"];
        foreach (var (_, _, tags) in _measured)
        {
            Assert.All(tags, tag => Assert.Contains(tag.Key, known));
            Assert.All(tags, tag => Assert.DoesNotContain(_key, $"{tag.Value}", StringComparison.Ordinal));
        }
    }

    private sealed record Measurement(string Name, double Value, KeyValuePair<string, object?>[] Tags);
}
