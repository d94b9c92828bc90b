using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LockGrains.Cluster.Tests;

/// <summary>What is collected of a silo does not grow with its keys. Its observers are the only ones that know a key and measure.</summary>
public sealed class CardinalityTests : IDisposable
{
    private static readonly LockTime Now = new(TimeSpan.Zero, 0);
    private static readonly LockRequest Request = new(new LeaseId(Guid.NewGuid()), "holder", LockMode.Exclusive, TimeSpan.FromSeconds(30), Renews: true);
    private static readonly Lease Held = new() { Request = Request, FencingToken = new FencingToken(1), Term = Request.Duration };
    private static readonly Waiter Waiting = new() { Ticket = 1, Request = Request };
    private static readonly LockState Empty = LockState.Create(Now, new LockPolicy());

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly HashSet<(string Name, string? Tag, object? Value)> _series = [];
    private readonly MeterListener _listener = new();
    private readonly LockGrainMetrics _metrics;
    private readonly LockGrainHost _host;

    public CardinalityTests()
    {
        var factory = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
        _listener.Start();
        _metrics = new LockGrainMetrics(factory);
        _host = new LockGrainHost(_services, Options.Create(new LockGrainOptions()), _metrics, NullLogger<LockGrain>.Instance);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _host.Dispose();
        _metrics.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Series_OfAMillionKeys_AreThoseOfTen()
    {
        Live(0, 10);
        var few = _series.ToHashSet();
        Assert.True(few.Count > 20, $"Only {few.Count} series were collected.");

        Live(10, 1_000_000);

        Assert.Equal(few.Count, _series.Count);
    }

    private void Live(int from, int until)
    {
        for (var number = from; number < until; number++)
            Live(new LockGrainObserver(_host, $"flat/{number}", static () => { }, static _ => { }, static () => { }), (QuarantineReason)(1 + (number % 4)));
        _listener.RecordObservableInstruments();
    }

    /// <summary>All that an activation measures, once.</summary>
    private static void Live(LockGrainObserver observer, QuarantineReason end)
    {
        observer.OnLoaded(Empty, fenced: false);
        observer.OnWritten(RecordName.Lock, 100, TimeSpan.FromMilliseconds(2));
        observer.OnEvent(new LockEvent.LeaseGranted(Held, Waiter: null), Now, 0);
        observer.OnEvent(new LockEvent.LeaseRenewed(Held), Now, 0);
        observer.OnEvent(new LockEvent.WaiterQueued(Waiting), Now, 1);
        observer.OnWritten(RecordName.QueueSlot(0), 100, TimeSpan.FromMilliseconds(2));
        observer.OnEvent(new LockEvent.LeaseEnded(Held, EndReason.Released), Now, 1);
        observer.OnEvent(new LockEvent.LeaseGranted(Held, Waiting), Now, 0);
        observer.OnEvent(new LockEvent.LeaseEnded(Held, EndReason.Expired), Now, 0);
        observer.OnEvent(new LockEvent.WaitEnded(Waiting, EndReason.TimedOut), Now, 0);
        observer.OnForgotten(wasStored: true, isUnused: true);
        observer.OnWriteFailed(isConflict: end == QuarantineReason.Conflict, TimeSpan.FromMilliseconds(2));
        observer.OnQuarantined(end, new IOException("fault of the test"));
    }

    private void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _series.Add(tags.IsEmpty ? (instrument.Name, null, null) : (instrument.Name, tags[0].Key, tags[0].Value));
}
