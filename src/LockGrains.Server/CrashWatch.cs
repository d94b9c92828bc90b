using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace LockGrains;

/// <summary>
/// Notices soon that another silo's process has ended. When a probe of Orleans fails, it knocks on the ports of the others; one that is
/// refused again and again, by a machine that answers, has no process any more, and is declared dead without more probes and votes.
/// <para>
/// A pause, a slow network and a cut one are silent and are left to the probes. A silo that finds all others closed is the
/// likelier one cut off, and declares nobody. A wrong verdict costs a restart, never a lock: the record's ETag decides who holds.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "It ends with its silo, in StopAsync.")]
internal sealed class CrashWatch(
    IClusterMembershipService membership,
    ILocalSiloDetails local,
    Func<IPEndPoint, CancellationToken, Task<PortAnswer>> knock,
    TimeProvider timeProvider,
    ILogger<CrashWatch> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>How often a port must be refused.</summary>
    internal const int Knocks = 4;

    /// <summary>The time before each. A process that ends closes its connections one by one, perhaps its port last.</summary>
    internal static readonly TimeSpan KnockDelay = TimeSpan.FromMilliseconds(100);

    // One that is told while another is looked into is looked into next; more would find nothing new.
    private readonly Channel<bool> _failures = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly OutageLog<(SiloAddress Silo, Exception Problem)> _notDeclared = new(
        timeProvider, (one, more) => LockGrainLog.SiloNotDeclared(logger, one.Silo, FailureText.Of(one.Problem), more));

    // Told once each, though they are found again and again while the membership cannot be written.
    private readonly HashSet<SiloAddress> _told = [];
    private readonly CancellationTokenSource _stop = new();
    private MeterListener? _listener;
    private Task _watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle observer) => observer.Subscribe(nameof(CrashWatch), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>Looks for silos whose process has ended, and declares them dead.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var peers = FindActivePeers();
        var refused = peers;
        var isConnected = false;
        for (var count = 0; count < Knocks && refused.Count > 0; count++)
        {
            await Task.Delay(KnockDelay, timeProvider, cancellationToken);
            var answers = await Task.WhenAll(refused.Select(silo => knock(silo.Endpoint, cancellationToken)));
            isConnected |= answers.Contains(PortAnswer.Accepted);
            refused = [.. refused.Where((_, index) => answers[index] == PortAnswer.Refused)];
        }

        if (!isConnected && peers.Count > 1)
            return;
        _told.IntersectWith(peers);
        foreach (var silo in refused.Intersect(FindActivePeers()))
        {
            if (_told.Add(silo))
                LockGrainLog.SiloCrashed(logger, silo);
            try
            {
                await membership.TryKill(silo);
            }
            catch (Exception exception)
            {
                // The membership could not be written. The next failed probe asks again, and the probes themselves go on.
                _notDeclared.Fails((silo, exception));
            }
        }
    }

    // Orleans has no event for a failed probe, but a counter. (That of closed connections would count the knocks as well, and silos would
    // knock at each other for ever.)
    internal static bool CountsFailedProbes(Instrument instrument) =>
        instrument.Meter.Name == "Microsoft.Orleans" && instrument.Name == "orleans-messaging-pings-reply-missed";

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _listener = new MeterListener { InstrumentPublished = Listen };
        _listener.SetMeasurementEventCallback<int>((_, _, _, _) => _failures.Writer.TryWrite(true));
        _listener.Start();
        _watching = Task.Run(WatchAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        _listener?.Dispose();
        _notDeclared.Dispose();
        await _stop.CancelAsync();
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static void Listen(Instrument instrument, MeterListener listener)
    {
        if (CountsFailedProbes(instrument))
            listener.EnableMeasurementEvents(instrument);
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (var _ in _failures.Reader.ReadAllAsync(_stop.Token))
            {
                await LookAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private List<SiloAddress> FindActivePeers() =>
    [
        .. membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(local.SiloAddress))
            .Select(member => member.SiloAddress),
    ];
}
