using System.Diagnostics;
using System.Diagnostics.Metrics;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests;

/// <summary>What the instruments and spans tell.</summary>
public sealed class MetricsTests : IMeterFactory
{
    private readonly Lock _gate = new();
    private readonly List<string> _measured = [];
    private readonly MeterListener _listener = new();
    private readonly List<Meter> _meters = [];
    private readonly TestClient _test;

    public MetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == this)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
        _test = new TestClient(meterFactory: this);
    }

    [Fact]
    public async Task Handle_AcquiredRenewedReleased_IsMeasured()
    {
        var handle = await _test.AcquireAsync();
        _test.Time.Advance(TestClient.Third);
        await _test.WhenRenewalArmedAsync();
        await handle.DisposeAsync();

        Assert.Equal(
            [
                "lockgrains.client.acquire.duration 0 outcome=granted",
                "lockgrains.client.handles.active 1",
                "lockgrains.client.renewal.slack 19.6",
                "lockgrains.client.handles.active -1",
            ],
            Measured.OrderBy(line => line.StartsWith("lockgrains.client.acquire", StringComparison.Ordinal) ? 0 : 1));
    }

    [Fact]
    public async Task Handle_Lost_IsMeasuredWithItsReason()
    {
        await _test.AcquireAsync(new AcquireOptions { Renew = false });
        _test.Time.Advance(TestClient.Guaranteed);

        Assert.Contains("lockgrains.client.handles.lost 1 reason=deadline", Measured);
        Assert.Equal(2, Measured.Count(line => line.StartsWith("lockgrains.client.handles.active", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(DenyReason.Busy, "not_acquired")]
    [InlineData(DenyReason.QueueFull, "queue_full")]
    [InlineData(DenyReason.Invalid, "failed")]
    public async Task Acquire_Denied_IsMeasuredByOutcome(DenyReason reason, string outcome)
    {
        _test.Grain.Acquire.Reply(Replies.Denied(reason));
        await Xunit.Record.ExceptionAsync(() => _test.Client.TryAcquireAsync(TestClient.Key).AsTask());

        Assert.Equal([$"lockgrains.client.acquire.duration 0 outcome={outcome}"], Measured);
    }

    [Fact]
    public async Task Acquire_Listened_IsASpanWithItsOutcome()
    {
        var key = Guid.NewGuid().ToString();
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LockGrains",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (spans) spans.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        _test.Grain.Acquire.Reply(Replies.Denied(DenyReason.Busy));
        await _test.Client.TryAcquireAsync(key);

        lock (spans)
        {
            var span = Assert.Single(spans, activity => (string?)activity.GetTagItem("lockgrains.key") == key);
            Assert.Equal("lockgrains.acquire", span.OperationName);
            Assert.Equal("not_acquired", span.GetTagItem("lockgrains.outcome"));
        }
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters)
            meter.Dispose();
    }

    private string[] Measured
    {
        get { lock (_gate) return [.. _measured]; }
    }

    private void Record<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var line = FormattableString.Invariant($"{instrument.Name} {value}");
        foreach (var (name, tag) in tags)
            line += $" {name}={tag}";
        lock (_gate) _measured.Add(line);
    }
}
