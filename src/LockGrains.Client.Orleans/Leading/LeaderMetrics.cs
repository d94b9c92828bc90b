using System.Diagnostics.Metrics;

namespace LockGrains;

/// <summary>
/// The instruments of elected services. They are tagged by key, as nothing else is: a program names these keys itself, and they are few.
/// </summary>
internal sealed class LeaderMetrics : IDisposable
{
    private const string Tag = "key";

    private readonly Lock _gate = new();
    private readonly List<IElectedService> _services = [];
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Counter<long> _elections;

    public LeaderMetrics(IMeterFactory? meterFactory)
    {
        _ownsMeter = meterFactory is null;
        _meter = meterFactory?.Create(LockClientMetrics.MeterName) ?? new Meter(LockClientMetrics.MeterName);
        _meter.CreateObservableGauge(
            "lockgrains.client.leader", Observe, "{leader}", "1 where an elected service of this process leads, else 0, by key.");
        _elections = _meter.CreateCounter<long>(
            "lockgrains.client.elections", "{election}", "How often an elected service of this process began to lead, by key.");
    }

    /// <summary>Observes a service from now on.</summary>
    public void Add(IElectedService service)
    {
        lock (_gate) _services.Add(service);
    }

    public void OnElected(string key) => _elections.Add(1, new KeyValuePair<string, object?>(Tag, key));

    public void Dispose()
    {
        if (_ownsMeter)
            _meter.Dispose();
    }

    private Measurement<int>[] Observe()
    {
        lock (_gate)
        {
            return
            [
                .. _services.GroupBy(static service => service.Key, StringComparer.Ordinal).Select(static services => new Measurement<int>(
                    services.Any(static service => service.IsLeader) ? 1 : 0, new KeyValuePair<string, object?>(Tag, services.Key))),
            ];
        }
    }
}
