using System.Diagnostics;
using System.Diagnostics.Metrics;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// The client's instruments and spans. A tag never carries a key: keys are unbounded, and an unbounded tag takes down what
/// collects it.
/// </summary>
internal sealed class LockClientMetrics : IDisposable
{
    public const string MeterName = "LockGrains.Client";
    public const string SourceName = "LockGrains";

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Histogram<double> _acquireDuration;
    private readonly UpDownCounter<long> _handlesActive;
    private readonly Counter<long> _handlesLost;
    private readonly Histogram<double> _renewalSlack;
    private readonly Counter<long> _renewalsUnknown;
    private readonly Histogram<int> _renewalBatch;

    public LockClientMetrics(IMeterFactory? meterFactory)
    {
        _ownsMeter = meterFactory is null;
        _meter = meterFactory?.Create(MeterName) ?? new Meter(MeterName);
        _acquireDuration = _meter.CreateHistogram<double>(
            "lockgrains.client.acquire.duration", "s", "How long an acquire took, by outcome.", null, HistogramBuckets.Waits);
        _handlesActive = _meter.CreateUpDownCounter<long>(
            "lockgrains.client.handles.active", "{handle}", "Handles that hold a lock.");
        _handlesLost = _meter.CreateCounter<long>(
            "lockgrains.client.handles.lost", "{handle}", "Handles whose lock was lost before it was released, by reason.");
        _renewalSlack = _meter.CreateHistogram<double>(
            "lockgrains.client.renewal.slack", "s", "How long the lease was still guaranteed when a renewal was confirmed.", null, HistogramBuckets.Slack);
        _renewalsUnknown = _meter.CreateCounter<long>(
            "lockgrains.client.renewals.unknown", "{renewal}", "Renewals that failed, timed out or were answered \"unknown\".");
        _renewalBatch = _meter.CreateHistogram<int>(
            "lockgrains.client.renewal.batch", "{renewal}", "How many renewals went in one message, where more than one did.", null, HistogramBuckets.Counts);
    }

    public static Activity? StartAcquire(string key) =>
        Source.StartActivity("lockgrains.acquire", ActivityKind.Client)?.SetTag("lockgrains.key", key);

    public void OnAcquireEnded(AcquireOutcome outcome, TimeSpan waited, Activity? span)
    {
        var name = MeasureName.Of(outcome);
        _acquireDuration.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("outcome", name));
        span?.SetTag("lockgrains.outcome", name);
        if (outcome is AcquireOutcome.Unavailable or AcquireOutcome.Failed)
            span?.SetStatus(ActivityStatusCode.Error);
    }

    public void OnHandleStarted() => _handlesActive.Add(1);

    public void OnHandleReleased() => _handlesActive.Add(-1);

    public void OnHandleLost(LossReason reason)
    {
        _handlesActive.Add(-1);
        _handlesLost.Add(1, new KeyValuePair<string, object?>("reason", MeasureName.Of(reason)));
    }

    public void OnRenewed(TimeSpan slack) => _renewalSlack.Record(slack.TotalSeconds);

    public void OnRenewalUnknown() => _renewalsUnknown.Add(1);

    public void OnRenewalBatch(int renewals) => _renewalBatch.Record(renewals);

    public void Dispose()
    {
        if (_ownsMeter)
            _meter.Dispose();
    }
}
