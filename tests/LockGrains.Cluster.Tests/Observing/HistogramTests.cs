using System.Diagnostics.Metrics;
using LockGrains.TestKit;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LockGrains.Cluster.Tests;

/// <summary>What the histograms tell in a program that has set up OpenTelemetry with its defaults.</summary>
public sealed class HistogramTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(30);

    [Theory]
    [InlineData("lockgrains.wait.duration")]
    [InlineData("lockgrains.lease.hold.duration")]
    [InlineData("lockgrains.client.acquire.duration")]
    public async Task Wait_Of30Milliseconds_IsInABucketNearIt(string instrument)
    {
        var exported = new List<MetricSnapshot>();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(LockGrainMetrics.MeterName, LockClientMetrics.MeterName)
            .AddInMemoryExporter(exported)
            .Build();
        await WaitInTheQueueAsync();

        provider.ForceFlush();
        Assert.Contains(BucketsInUse(exported, instrument), bucket => bucket == (0.025, 0.05));
    }

    [Fact]
    public void Histograms_AllOfThem_HaveBucketsOfTheirOwn()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = services.GetRequiredService<IMeterFactory>();
        var bounds = new Dictionary<string, double[]>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope != factory)
                    return;
                if (instrument is Histogram<double> doubles)
                    bounds.Add(instrument.Name, [.. doubles.Advice?.HistogramBucketBoundaries ?? []]);
                if (instrument is Histogram<int> ints)
                    bounds.Add(instrument.Name, [.. (ints.Advice?.HistogramBucketBoundaries ?? []).Select(bound => (double)bound)]);
            },
        };
        listener.Start();
        using var server = new LockGrainMetrics(factory);
        using var client = new LockClientMetrics(factory);

        Assert.Equal(9, bounds.Count);
        Assert.All(bounds.Values, Assert.NotEmpty);
        Assert.All(bounds.Values, value => Assert.Equal(value.Order().Distinct(), value));
        Assert.Equal((0.005, 3600), Ends(bounds["lockgrains.wait.duration"]));
        Assert.Equal((0.0005, 300), Ends(bounds["lockgrains.handover.duration"]));
        Assert.Equal((0.0005, 5), Ends(bounds["lockgrains.state.write.duration"]));
        Assert.Equal((0.1, 60), Ends(bounds["lockgrains.client.renewal.slack"]));
        Assert.Equal((64, 65536), Ends(bounds["lockgrains.state.write.size"]));

        static (double First, double Last) Ends(double[] values) => (values[0], values[^1]);
    }

    /// <summary>One waits 30 ms behind a hold of 30 ms.</summary>
    private static async Task WaitInTheQueueAsync()
    {
        var (clock, key) = (new ManualTimeProvider(), LockCluster.NewKey("histogram"));
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings { Silos = 1, Clock = clock });
        await using var client = LockClient.Create(cluster.Grains, timeProvider: clock);
        var holder = new Attempt(cluster.GetLock(key));
        await holder.TakeAsync();
        var acquire = client.AcquireAsync(key).AsTask();
        await Eventually.BecomesAsync(
            async () => (await cluster.GetLock(key).GetInfoAsync()).QueueLength, length => length == 1, "waiter in the queue");

        clock.Advance(Wait);
        await holder.ReleaseAsync();
        await using var handle = await acquire.WithinPatienceAsync("grant");
    }

    private static IEnumerable<(double From, double To)> BucketsInUse(IEnumerable<MetricSnapshot> exported, string name)
    {
        foreach (var metric in exported.Where(metric => metric.Name == name))
        {
            foreach (var point in metric.MetricPoints)
            {
                var from = double.NegativeInfinity;
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    if (bucket.BucketCount > 0)
                        yield return (from, bucket.ExplicitBound);
                    from = bucket.ExplicitBound;
                }
            }
        }
    }
}
