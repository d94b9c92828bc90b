using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace LockGrains.Cluster.Tests;

/// <summary>One message for the renewals of many locks, on several silos: each is answered as if it had come alone.</summary>
public sealed class RenewalBatchTests : IAsyncLifetime
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(20);

    private LockCluster _cluster = null!;

    private IRenewalBatchGrain Sender => _cluster.Grains.GetGrain<IRenewalBatchGrain>(0);

    public static TheoryData<int, TimeSpan> Bad => new()
    {
        { 0, AnswerWithin },
        { RenewalBatch.RenewalsMax + 1, AnswerWithin },
        { 1, TimeSpan.Zero },
        { 1, TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1) },
    };

    public async Task InitializeAsync() => _cluster = await LockCluster.StartAsync(new LockClusterSettings());

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Batch_HeldFreeAndImpossible_EachHasItsOwnAnswer()
    {
        var held = await TakeAsync(40);
        var stranger = Make(LockCluster.NewKey("free"), Guid.NewGuid());
        var impossible = Make("", Guid.NewGuid());
        var reply = await Sender.RenewAsync(new RenewalBatch { Renewals = [stranger, .. held, impossible], AnswerWithin = AnswerWithin });

        Assert.Equal(held.Count + 2, reply.Replies.Length);
        Assert.Equal(RenewStatus.NotHeld, reply.Replies[0].Status);
        Assert.All(reply.Replies[1..^1], answer => Assert.Equal(RenewStatus.Renewed, answer.Status));
        Assert.All(reply.Replies[1..^1], answer => Assert.InRange(answer.ValidFor, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60)));
        Assert.Equal(RenewStatus.Unknown, reply.Replies[^1].Status);
        Assert.NotNull(reply.Replies[^1].Detail);
    }

    [Fact]
    public async Task Batch_OneLocksStorageHangs_TheOthersAreAnsweredInTime()
    {
        var held = await TakeAsync(3);
        var gate = _cluster.Probe[held[1].Key].HoldNextWrite();
        var reply = await Sender.RenewAsync(new RenewalBatch { Renewals = [.. held], AnswerWithin = TimeSpan.FromSeconds(2) });
        gate.Open();

        Assert.Equal(
            [RenewStatus.Renewed, RenewStatus.Unknown, RenewStatus.Renewed], reply.Replies.Select(answer => answer.Status));
        var alone = await _cluster.GetLock(held[1].Key).RenewAsync(held[1].LeaseId);
        Assert.Equal(RenewStatus.Renewed, alone.Status);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Batch_OutOfBounds_IsRefused(int count, TimeSpan answerWithin)
    {
        var renewals = Enumerable.Repeat(Make("key", Guid.NewGuid()), count).ToImmutableArray();
        var batch = new RenewalBatch { Renewals = renewals, AnswerWithin = answerWithin };

        await Assert.ThrowsAsync<ArgumentException>(() => Sender.RenewAsync(batch).AsTask());
    }

    [Fact]
    public async Task Client_HoldsManyLocks_RenewsThemTogether()
    {
        var together = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var meters = new ScopedMeters();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Name == "lockgrains.client.renewal.batch") self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<int>((_, size, _, _) => together.TrySetResult(size));
        listener.Start();
        var options = new LockClientOptions { Lease = TimeSpan.FromSeconds(10), RenewalWindow = TimeSpan.FromMilliseconds(150) };
        await using var client = LockClient.Create(_cluster.Grains, options, meterFactory: meters);
        var handles = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.AcquireAsync(LockCluster.NewKey("many")).AsTask()));

        Assert.InRange(await together.Task.WithinPatienceAsync("renewals that went together"), 2, handles.Length);
        Assert.All(handles, handle => Assert.False(handle.HandleLostToken.IsCancellationRequested));
    }

    private static Renewal Make(string key, Guid leaseId) => new() { Key = key, LeaseId = leaseId };

    private async Task<List<Renewal>> TakeAsync(int count)
    {
        var held = new List<Renewal>();
        for (var index = 0; index < count; index++)
        {
            var key = LockCluster.NewKey("batch");
            var attempt = new Attempt(_cluster.GetLock(key));
            await attempt.TakeAsync();
            held.Add(Make(key, attempt.LeaseId));
        }

        return held;
    }

    private sealed class ScopedMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose()
        {
            foreach (var meter in _meters) meter.Dispose();
        }
    }
}
