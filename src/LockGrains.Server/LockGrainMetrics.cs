using System.Diagnostics.Metrics;
using LockGrains.Core;

namespace LockGrains;

/// <summary>The measures of a silo's locks: meter <c>LockGrains</c>, seconds and bytes. Never tagged by key: keys are without number.</summary>
internal sealed class LockGrainMetrics : IDisposable
{
    public const string MeterName = "LockGrains";

    private readonly Meter _meter;
    private readonly Counter<long> _granted;
    private readonly Counter<long> _renewed;
    private readonly Counter<long> _queued;
    private readonly Counter<long> _waitsEnded;
    private readonly Counter<long> _loads;
    private readonly Counter<long> _quarantines;
    private readonly Counter<long> _forgotten;
    private readonly Histogram<double> _waitDuration;
    private readonly Histogram<double> _holdDuration;
    private readonly Histogram<double> _handoverDuration;
    private readonly Histogram<double> _writeDuration;
    private readonly Histogram<int> _writeSize;
    private readonly Histogram<int> _queueLength;
    private long _held;
    private long _waiting;
    private long _activations;
    private int _isStoreUp = 1;

    public LockGrainMetrics(IMeterFactory? meterFactory = null)
    {
        _meter = meterFactory?.Create(MeterName) ?? new Meter(MeterName);
        _granted = _meter.CreateCounter<long>("lockgrains.leases.granted", "{lease}", "Leases granted.");
        _renewed = _meter.CreateCounter<long>("lockgrains.leases.renewed", "{lease}", "Leases renewed.");
        _queued = _meter.CreateCounter<long>("lockgrains.waiters.queued", "{waiter}", "Requests that had to wait.");
        _waitsEnded = _meter.CreateCounter<long>("lockgrains.waiters.ended", "{waiter}", "Waits that ended without the lock, by reason.");
        _loads = _meter.CreateCounter<long>("lockgrains.state.loads", "{load}", "Locks loaded from storage, by whether a fence was written.");
        _quarantines = _meter.CreateCounter<long>("lockgrains.quarantines", "{activation}", "Activations that stopped trusting themselves, by reason.");
        _forgotten = _meter.CreateCounter<long>("lockgrains.records.forgotten", "{lock}", "Locks whose records were deleted because nobody used them.");
        _waitDuration = _meter.CreateHistogram<double>("lockgrains.wait.duration", "s", "Time in the queue of those that were granted the lock.", null, HistogramBuckets.Waits);
        _holdDuration = _meter.CreateHistogram<double>("lockgrains.lease.hold.duration", "s", "Time from grant to end of a lease, by how it ended.", null, HistogramBuckets.Waits);
        _handoverDuration = _meter.CreateHistogram<double>(
            "lockgrains.handover.duration", "s", "Time from the end of a hold until one that waited has the lock, in storage.", null, HistogramBuckets.Handovers);
        _writeDuration = _meter.CreateHistogram<double>("lockgrains.state.write.duration", "s", "Time of a write of a lock record, by outcome.", null, HistogramBuckets.Writes);
        _writeSize = _meter.CreateHistogram<int>("lockgrains.state.write.size", "By", "Size of a written record, by kind.", null, HistogramBuckets.Sizes);
        _queueLength = _meter.CreateHistogram<int>("lockgrains.queue.length", "{waiter}", "Length of the queue when a waiter enters it.", null, HistogramBuckets.Counts);
        _meter.CreateObservableUpDownCounter("lockgrains.locks.held", () => Volatile.Read(ref _held), "{lease}", "Leases that are held now.");
        _meter.CreateObservableUpDownCounter("lockgrains.waiters", () => Volatile.Read(ref _waiting), "{waiter}", "Requests that wait now.");
        _meter.CreateObservableUpDownCounter(
            "lockgrains.activations", () => Volatile.Read(ref _activations), "{activation}", "Locks that are in memory now.");
        _meter.CreateObservableGauge(
            "lockgrains.store.up", () => Volatile.Read(ref _isStoreUp), "{store}", "1 when the storage did what it was asked last, else 0.");
        ShowZeros();
    }

    public void OnActivations(int change) => Interlocked.Add(ref _activations, change);

    public void OnHeld(int change) => Interlocked.Add(ref _held, change);

    public void OnWaiting(int change) => Interlocked.Add(ref _waiting, change);

    public void OnGranted(TimeSpan waited)
    {
        _granted.Add(1);
        if (waited > TimeSpan.Zero)
            _waitDuration.Record(waited.TotalSeconds);
    }

    /// <summary>One that waited has the lock.</summary>
    /// <param name="elapsed">Since the hold before it ended.</param>
    public void OnHandedOver(TimeSpan elapsed) => _handoverDuration.Record(elapsed.TotalSeconds);

    /// <summary>The storage did what it was asked, or nobody knows whether it did.</summary>
    public void OnStore(bool isUp)
    {
        // Every write of every lock comes here, on all processors: what does not change is not written.
        var value = isUp ? 1 : 0;
        if (Volatile.Read(ref _isStoreUp) != value)
            Volatile.Write(ref _isStoreUp, value);
    }

    public void OnRenewed() => _renewed.Add(1);

    public void OnEnded(EndReason reason, TimeSpan held) => _holdDuration.Record(held.TotalSeconds, Tag("end", MeasureName.Of(reason)));

    public void OnQueued(int queueLength)
    {
        _queued.Add(1);
        _queueLength.Record(queueLength);
    }

    public void OnWaitEnded(EndReason reason) => _waitsEnded.Add(1, Tag("reason", MeasureName.Of(reason)));

    public void OnLoaded(bool fenced)
    {
        OnStore(isUp: true);
        _loads.Add(1, Tag("fenced", fenced));
    }

    public void OnForgotten() => _forgotten.Add(1);

    public void OnQuarantined(QuarantineReason reason)
    {
        if (reason == QuarantineReason.OutcomeUnknown)
            OnStore(isUp: false);
        _quarantines.Add(1, Tag("reason", MeasureName.Of(reason)));
    }

    public void OnWritten(RecordName name, int bytes, TimeSpan elapsed)
    {
        OnStore(isUp: true);
        var isLockRecord = name == RecordName.Lock;
        _writeSize.Record(bytes, Tag("record", isLockRecord ? "lock" : "queue"));
        if (isLockRecord)
            _writeDuration.Record(elapsed.TotalSeconds, Tag("outcome", "written"));
    }

    public void OnWriteFailed(bool isConflict, TimeSpan elapsed)
    {
        OnStore(isConflict);
        _writeDuration.Record(elapsed.TotalSeconds, Tag("outcome", isConflict ? "conflict" : "unknown"));
    }

    public void Dispose() => _meter.Dispose();

    // A counter that begins with its first event has not grown for whoever compares it with before: an alert would miss that event.
    private void ShowZeros()
    {
        foreach (var counter in new[] { _granted, _renewed, _queued, _forgotten })
            counter.Add(0);
        foreach (var reason in new[] { EndReason.Cancelled, EndReason.TimedOut, EndReason.Dropped, EndReason.Refused, EndReason.SessionEnded })
            _waitsEnded.Add(0, Tag("reason", MeasureName.Of(reason)));
        foreach (var reason in Enum.GetValues<QuarantineReason>().Where(static reason => reason != QuarantineReason.None))
            _quarantines.Add(0, Tag("reason", MeasureName.Of(reason)));
        foreach (var fenced in new[] { false, true })
            _loads.Add(0, Tag("fenced", fenced));
    }

    private static KeyValuePair<string, object?> Tag(string key, object value) => new(key, value);
}
