using System.Diagnostics.Metrics;
using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Random lives of some locks, with activations that end, are taken over and distrust themselves: at every step the gauges are what the
/// living activations know, and at the end nothing.
/// </summary>
public sealed class GaugeStoryTests
{
    private const string SeedVariable = "LOCKGRAINS_SEED";
    private const int Keys = 3;
    private const int Steps = 120;

    [Fact]
    public void Gauges_AnyStory_AreWhatTheLivingActivationsKnowAndReturnToZero()
    {
        var given = Environment.GetEnvironmentVariable(SeedVariable);
        var seeds = given is { Length: > 0 } ? [int.Parse(given, System.Globalization.CultureInfo.InvariantCulture)] : Enumerable.Range(1, 60);
        foreach (var seed in seeds)
        {
            try
            {
                using var story = new Story(seed);
                story.Run();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(
                    $"Seed {seed} fails: {exception.Message} Replay: {SeedVariable}={seed} dotnet test tests/LockGrains.Cluster.Tests --filter {nameof(GaugeStoryTests)}",
                    exception);
            }
        }
    }

    private sealed class Story : IDisposable
    {
        private static readonly StoreFault[] Faults = [StoreFault.FailBefore, StoreFault.ApplyThenFail, StoreFault.Conflict];

        private readonly Random _random;
        private readonly ManualTimeProvider _time = new();
        private readonly DeterministicScheduler _scheduler = new();
        private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        private readonly InMemoryLockStore[] _stores = [.. Enumerable.Range(0, Keys).Select(_ => new InMemoryLockStore())];
        private readonly List<Activation> _living = [];
        private readonly LockGrainMetrics _metrics;
        private readonly LockGrainHost _host;
        private readonly GaugeReader _gauges;

        public Story(int seed)
        {
            _random = new Random(seed);
            var factory = _services.GetRequiredService<IMeterFactory>();
            _metrics = new LockGrainMetrics(factory);
            _host = new LockGrainHost(_services, Options.Create(new LockGrainOptions()), _metrics, NullLogger<LockGrain>.Instance);
            _gauges = new GaugeReader(factory);
        }

        public void Run()
        {
            var most = 0L;
            for (var step = 0; step < Steps; step++)
            {
                Step();
                most = Math.Max(most, Check());
            }

            Assert.True(most > 1, "Nobody ever held or waited beside another: the story told nothing.");
            foreach (var activation in _living.ToArray())
                Stop(activation);
            Assert.Equal(new GaugeValues(0, 0, 0), _gauges.Read());
        }

        public void Dispose()
        {
            _gauges.Dispose();
            _metrics.Dispose();
            _services.Dispose();
        }

        private void Step()
        {
            var key = _random.Next(Keys);
            switch (_random.Next(12))
            {
                case 0:
                    Stop(Pick(key));
                    break;
                case 1:
                    // Another one takes the key over; the old one lives on, and has not heard.
                    Activate(key);
                    break;
                case 2:
                    Pick(key).Store.FailNext(Faults[_random.Next(Faults.Length)]);
                    break;
                case 3:
                    _time.Advance(TimeSpan.FromSeconds(_random.Next(1, 20)));
                    _scheduler.Run();
                    break;
                default:
                    Pick(key).Do(_scheduler, _random);
                    break;
            }

            foreach (var quarantined in _living.Where(activation => activation.IsQuarantined).ToArray())
                Remove(quarantined);
        }

        /// <summary>Compares the gauges with what the activations say.</summary>
        /// <returns>How many hold or wait.</returns>
        private long Check()
        {
            var states = _living.Select(activation => activation.Read(_scheduler)).ToArray();
            foreach (var quarantined in _living.Where(activation => activation.IsQuarantined).ToArray())
                Remove(quarantined);
            var (held, waiting) = (states.Sum(state => state?.Holders.Length ?? 0), states.Sum(state => state?.Queue.Count ?? 0));
            Assert.Equal(new GaugeValues(held, waiting, _living.Count), _gauges.Read());
            return held + waiting;
        }

        private Activation Pick(int key)
        {
            var ofKey = _living.Where(activation => activation.Key == key).ToArray();
            return ofKey.Length > 0 ? ofKey[_random.Next(ofKey.Length)] : Activate(key);
        }

        private Activation Activate(int key)
        {
            var activation = new Activation(key, _host, _stores[key].Connect(), _time, _scheduler);
            _living.Add(activation);
            _host.Add(activation);
            return activation;
        }

        private void Stop(Activation activation)
        {
            activation.Stop(_scheduler);
            Remove(activation);
        }

        private void Remove(Activation activation)
        {
            _living.Remove(activation);
            _host.Remove(activation);
        }
    }

    /// <summary>A coordinator with the shipped observer, as the grain puts them together.</summary>
    private sealed class Activation : ILockActivation
    {
        private readonly List<LockRequest> _requests = [];
        private readonly LockGrainObserver _observer;
        private readonly LockCoordinator _coordinator;

        public Activation(int key, LockGrainHost host, InMemoryLockStore store, TimeProvider time, DeterministicScheduler scheduler)
        {
            (Key, Store) = (key, store);
            _observer = new LockGrainObserver(host, $"{key}", () => IsQuarantined = true, static _ => { }, static () => { });
            _coordinator = scheduler.Run(() => new LockCoordinator(store, time, new LockPolicy(), _observer));
        }

        public int Key { get; }

        string ILockActivation.Key => $"{Key}";

        public InMemoryLockStore Store { get; }

        public bool IsQuarantined { get; private set; }

        LockSummary? ILockActivation.Summarize(LockListState which) => _coordinator.Summarize($"{Key}", which);

        public void Do(DeterministicScheduler scheduler, Random random)
        {
            var request = _requests.Count > 0 && random.Next(3) > 0 ? _requests[random.Next(_requests.Count)] : NewRequest(random);
            _requests.Add(request);
            var wait = random.Next(2) == 0 ? TimeSpan.FromSeconds(10) : Timeout.InfiniteTimeSpan;
            LockCommand command = random.Next(12) switch
            {
                0 => new LockCommand.Renew(request.LeaseId),
                1 => new LockCommand.Release(request.LeaseId),
                2 => new LockCommand.Cancel(request.LeaseId),
                3 => new LockCommand.Revoke(FencingToken.None),
                4 => new LockCommand.Upgrade(request.LeaseId, random.Next(1, 4), TimeSpan.FromSeconds(10)),
                5 => new LockCommand.CancelUpgrade(request.LeaseId, random.Next(1, 4)),
                6 => new LockCommand.Downgrade(request.LeaseId, random.Next(1, 4), LockMode.Shared),
                _ => new LockCommand.Acquire(request, wait),
            };
            _ = scheduler.Run(() => _coordinator.ExecuteAsync(command));
        }

        public LockState? Read(DeterministicScheduler scheduler)
        {
            var read = scheduler.Run(() => _coordinator.ReadAsync());
            Assert.True(read.IsCompleted, "A read of the lock did not come back.");
            return read.GetAwaiter().GetResult();
        }

        public void Stop(DeterministicScheduler scheduler)
        {
            var stop = scheduler.Run(() => _coordinator.StopAsync());
            Assert.True(stop.IsCompleted, "A stop did not come back.");
            _observer.OnOver();
        }

        public Task StopAsync() => Task.CompletedTask;

        private static LockRequest NewRequest(Random random)
        {
            var mode = (LockMode)random.Next(1, 4);
            var request = new LockRequest(new LeaseId(NewGuid(random)), "somebody", mode, TimeSpan.FromSeconds(30), random.Next(2) == 0);
            return mode == LockMode.Shared ? request with { Permits = random.Next(1, 3), Limit = 3 } : request;
        }

        private static Guid NewGuid(Random random)
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            return new Guid(bytes);
        }
    }
}
