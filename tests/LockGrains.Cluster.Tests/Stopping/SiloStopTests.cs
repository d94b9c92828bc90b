using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;
using Xunit.Abstractions;

namespace LockGrains.Cluster.Tests;

/// <summary>
/// Silos that stop one after another and come again, under a load of grains that use the client of their silo. By default a few times;
/// LOCKGRAINS_RESTARTS makes it a long run.
/// </summary>
public sealed class SiloStopTests(ITestOutputHelper output)
{
    private const int Callers = 8;

    [Fact]
    public async Task Stop_GrainsUseTheClient_NoCallerSeesAnErrorOfIt()
    {
        var restarts = Environment.GetEnvironmentVariable("LOCKGRAINS_RESTARTS") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture) : 3;
        await using var cluster = await LockCluster.StartAsync(new LockClusterSettings
        {
            ConfigureSilo = silo => silo.Services.AddLockGrainsClient(options => options.OwnerId = "grain"),
        });
        var errors = new ConcurrentQueue<Exception>();
        var (calls, vain, vainWithoutLock) = (0, 0, 0);
        for (var restart = 0; restart < restarts; restart++)
        {
            var leaving = cluster.Inner.Silos[restart % 2];
            var staying = cluster.Inner.Silos[(restart + 1) % 2];
            using var done = new CancellationTokenSource();
            var load = Enumerable.Range(0, 2 * Callers).Select(caller => CallAsync(staying, caller, done.Token)).ToArray();
            var before = Volatile.Read(ref calls);
            await Eventually.BecomesAsync(() => Task.FromResult(Volatile.Read(ref calls) - before), count => count > 20 * Callers, "load");

            var startedAt = TimeProvider.System.GetTimestamp();
            await cluster.Inner.StopSiloAsync(leaving);
            output.WriteLine($"restart {restart}: {leaving.Name} stopped in {TimeProvider.System.GetElapsedTime(startedAt).TotalMilliseconds:0} ms, {Volatile.Read(ref calls) - before} calls, sent in vain by Orleans: {Volatile.Read(ref vain)} with locks and {Volatile.Read(ref vainWithoutLock)} without, {errors.Count} errors");
            await cluster.Inner.StartAdditionalSiloAsync();
            await done.CancelAsync();
            await Task.WhenAll(load).WithinPatienceAsync("end of the load");
        }

        foreach (var error in errors)
            output.WriteLine(error.ToString());
        Assert.Empty(errors);
        Assert.DoesNotContain(cluster.Logs.Entries, entry => entry.Level > LogLevel.Information && entry.Event is "LeftToTheirLeases" or "DisposedWithWorkLeft");

        async Task CallAsync(InProcessSiloHandle silo, int caller, CancellationToken cancellationToken)
        {
            var grains = silo.ServiceProvider.GetRequiredService<IGrainFactory>();
            var usesLock = caller < Callers;
            for (var turn = 0; !cancellationToken.IsCancellationRequested; turn++)
            {
                try
                {
                    var grain = grains.GetGrain<ILockingGrain>($"{caller} {turn % 16}");
                    await (usesLock ? grain.WorkAsync($"silo stop {turn % 3}") : grain.WorkWithoutLockAsync());
                    if (usesLock)
                        Interlocked.Increment(ref calls);
                }
                catch (Exception exception) when (exception is SiloUnavailableException or OrleansMessageRejectionException
                    || (exception is TimeoutException and not LockTimeoutException))
                {
                    // Orleans' own: a call that it sends to a silo that has just gone comes back or is lost, whatever the grain does, as those
                    // show that use no lock. The client in the grain lets none of these through, and answers sooner than Orleans gives up.
                    if (usesLock)
                        Interlocked.Increment(ref vain);
                    else
                        Interlocked.Increment(ref vainWithoutLock);
                }
                catch (Exception exception)
                {
                    errors.Enqueue(exception);
                }
            }
        }
    }
}
