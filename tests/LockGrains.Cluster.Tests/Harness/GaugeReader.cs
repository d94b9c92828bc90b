using System.Diagnostics.Metrics;

namespace LockGrains.Cluster.Tests;

/// <summary>Reads the gauges of the silos whose meters come from given factories: their sums.</summary>
public sealed class GaugeReader : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _sums = [];

    public GaugeReader(params IMeterFactory[] factories)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.IsObservable && factories.Contains(instrument.Meter.Scope))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            _sums[instrument.Name] = _sums.GetValueOrDefault(instrument.Name) + value);
        _listener.Start();
    }

    public GaugeValues Read()
    {
        _sums.Clear();
        _listener.RecordObservableInstruments();
        return new GaugeValues(_sums["lockgrains.locks.held"], _sums["lockgrains.waiters"], _sums["lockgrains.activations"]);
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>What the gauges show.</summary>
public readonly record struct GaugeValues(long Held, long Waiting, long Activations);
