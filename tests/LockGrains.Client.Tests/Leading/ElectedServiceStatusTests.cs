using System.Diagnostics.Metrics;
using LockGrains.Client.Tests.Fakes;
using LockGrains.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LockGrains.Client.Tests.Leading;

/// <summary>What others learn of an elected service: its state, its health and its metrics.</summary>
public sealed class ElectedServiceStatusTests : IAsyncDisposable
{
    private readonly InMemoryLocks _locks = new();
    private readonly WorkerScript _script = new() { Obeys = true };
    private readonly List<ElectedHost> _hosts = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _locks.DisposeAsync();
    }

    [Fact]
    public async Task Service_LeaderAndFollower_SayWhatTheyAre_AndBothAreHealthy()
    {
        var leader = await StartAsync();
        var step = await _script.NextAsync();
        var follower = await StartAsync();
        await follower.Log.WhenLoggedAsync(32);

        Assert.Equal((ElectedServiceState.Leading, true, step.FencingToken), (leader.Service.State, leader.Service.IsLeader, leader.Service.FencingToken));
        Assert.Equal((ElectedServiceState.Waiting, false, null), (follower.Service.State, follower.Service.IsLeader, follower.Service.FencingToken));
        Assert.Equal((ElectedHost.Key, typeof(ScriptedWorker)), (leader.Service.Key, leader.Service.WorkerType));
        Assert.Same(leader.Service, Assert.Single(leader.Services.GetServices<IElectedService>()));
        await AssertHealthAsync(leader, HealthStatus.Healthy, $"ScriptedWorker for 'scheduler' leads (fencing token {step.FencingToken}).");
        await AssertHealthAsync(follower, HealthStatus.Healthy, "ScriptedWorker for 'scheduler' waits for its turn.");
    }

    [Fact]
    public async Task Service_ClusterAway_IsDegraded_AndLeadsWhenItIsBack()
    {
        var host = Add(new ElectedHost(_locks, _script, client: static options =>
            options.AttemptTimeout = options.UnavailableTimeout = TimeSpan.FromMilliseconds(100)));
        await AssertHealthAsync(host, HealthStatus.Unhealthy, "ScriptedWorker for 'scheduler' does not run.");
        _locks.CutOff(host.Client);
        await host.StartAsync();
        await host.Log.WhenLoggedAsync(35);

        await AssertHealthAsync(host, HealthStatus.Degraded, "ScriptedWorker for 'scheduler' cannot campaign.");
        Assert.Equal(ElectedServiceState.Unavailable, host.Service.State);
        _locks.Reconnect(host.Client);
        await _script.NextAsync();
        Assert.Equal(ElectedServiceState.Leading, host.Service.State);
        Assert.Single(host.Log.Entries, static entry => entry.Id == 35);
    }

    [Fact]
    public async Task Service_WorkerThatDoesNotStop_IsDegraded()
    {
        _script.Obeys = false;
        var host = await StartAsync();
        var step = await _script.NextAsync();
        var stop = host.StopAsync();
        await step.Stop.WhenCancelledAsync("the word to stop");

        await AssertHealthAsync(host, HealthStatus.Degraded, $"ScriptedWorker for 'scheduler' comes to its end (fencing token {step.FencingToken}).");
        step.Return();
        await stop.OrTimeoutAsync("the stop");
    }

    [Fact]
    public async Task Health_NoElectedService_IsHealthyAndSaysSo()
    {
        var host = Add(new ElectedHost(_locks, _script, static _ => { }));

        await AssertHealthAsync(host, HealthStatus.Healthy, "There is no elected service.");
    }

    [Fact]
    public async Task Metrics_LeaderAndFollower_AreOneAndZeroByKey()
    {
        var leader = Add(new ElectedHost(_locks, _script));
        using var ofLeader = new Reader(leader);
        await leader.StartAsync();
        await _script.NextAsync();
        var follower = await StartAsync();
        using var ofFollower = new Reader(follower);
        await follower.Log.WhenLoggedAsync(32);

        Assert.Equal(["lockgrains.client.elections 1 key=scheduler", "lockgrains.client.leader 1 key=scheduler"], ofLeader.Read());
        Assert.Equal(["lockgrains.client.leader 0 key=scheduler"], ofFollower.Read());
        await leader.StopAsync().OrTimeoutAsync("the stop");
        Assert.Equal(["lockgrains.client.elections 1 key=scheduler", "lockgrains.client.leader 0 key=scheduler"], ofLeader.Read());
    }

    private static async Task AssertHealthAsync(ElectedHost host, HealthStatus status, string description)
    {
        var entry = Assert.Single((await host.CheckHealthAsync()).Entries);
        Assert.Equal(("lockgrains-leaders", status, description), (entry.Key, entry.Value.Status, entry.Value.Description));
    }

    private async Task<ElectedHost> StartAsync() => Add(await ElectedHost.StartAsync(_locks, _script));

    private ElectedHost Add(ElectedHost host)
    {
        _hosts.Add(host);
        return host;
    }

    /// <summary>Reads the instruments of one host.</summary>
    private sealed class Reader : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly SortedSet<string> _measured = new(StringComparer.Ordinal);

        public Reader(ElectedHost host)
        {
            var factory = host.Services.GetRequiredService<IMeterFactory>();
            _ = host.Service;
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == factory && instrument.Name is "lockgrains.client.leader" or "lockgrains.client.elections")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
            _listener.Start();
        }

        public List<string> Read()
        {
            lock (_measured) _measured.RemoveWhere(static line => line.StartsWith("lockgrains.client.leader", StringComparison.Ordinal));
            _listener.RecordObservableInstruments();
            lock (_measured) return [.. _measured];
        }

        public void Dispose() => _listener.Dispose();

        private void Record(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (_measured) _measured.Add($"{instrument.Name} {value} {tags[0].Key}={tags[0].Value}");
        }
    }
}
