using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LockGrains.Cluster.Tests;

/// <summary>Until when a silo that stops serves its locks.</summary>
public sealed class GracefulStopTests
{
    [Fact]
    public async Task Stop_UntilActivationsEnd_LocksAreServed()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new LockGrainMetrics(services.GetRequiredService<IMeterFactory>());
        var host = new LockGrainHost(services, Options.Create(new LockGrainOptions()), metrics, NullLogger<LockGrain>.Instance);
        var silo = new StoppingSilo();
        host.Participate(silo);

        // Telling the cluster takes as long as the slowest of the others, and calls are sent here meanwhile.
        await silo.StopDownToAsync(ServiceLifecycleStage.BecomeActive);
        Assert.False(host.IsStopping, "Locks were refused before the silo had told the cluster that it goes.");

        // Waiting calls keep activations from ending.
        await silo.StopDownToAsync(ServiceLifecycleStage.GrainDeactivation);
        Assert.True(host.IsStopping, "Activations end while the locks still take calls that wait.");
    }

    private sealed class StoppingSilo : ISiloLifecycle
    {
        private readonly List<(int Stage, ILifecycleObserver Observer)> _observers = [];

        public int HighestCompletedStage => ServiceLifecycleStage.Active;

        public int LowestStoppedStage { get; private set; } = int.MaxValue;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            _observers.Add((stage, observer));
            return new Subscription();
        }

        public async Task StopDownToAsync(int stage)
        {
            foreach (var (_, observer) in _observers.Where(entry => entry.Stage >= stage && entry.Stage < LowestStoppedStage).OrderByDescending(entry => entry.Stage))
                await observer.OnStop(new CancellationToken(canceled: true));
            LowestStoppedStage = stage;
        }

        private sealed class Subscription : IDisposable
        {
            public void Dispose()
            {
            }
        }
    }
}
