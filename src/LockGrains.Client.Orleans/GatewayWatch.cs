using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>
/// Tells when a connection to a gateway is lost. The answers of calls that went through it will never come, nor, most likely, those of
/// calls to the locks of the silo behind it, which died; and Orleans tells an external client of neither. A hint, never a proof: whoever
/// gets it asks again.
/// <para>
/// While no gateway is connected at all, a client asks through one call at a time, twice a second: Orleans tries to connect for every message,
/// logs each try, and waits 1 s after one that failed. All others wait for that one.
/// </para>
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class GatewayWatch : IClusterConnectionStatusObserver
{
    /// <summary>Twice in a bit more than the second that Orleans waits: so a gateway that is back is found about a second later.</summary>
    private static readonly TimeSpan TurnPeriod = TimeSpan.FromMilliseconds(550);

    private readonly Lock _gate = new();
    private CancellationTokenSource _loss = new();
    private int _connected;
    private long? _lastTurnAt;

    // There while no gateway is connected any more: completes when one is again.
    private TaskCompletionSource? _found;

    /// <summary>Fires at the next loss. Read anew for each call.</summary>
    public CancellationToken NextLoss => Volatile.Read(ref _loss).Token;

    /// <summary>
    /// Whether a call may be sent now. Without a gateway that is so for one call each turn; the others wait for what comes of it, no
    /// longer than a turn.
    /// </summary>
    /// <param name="patience">The longest to wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<bool> MayCallAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _found) is not { } found || TryTakeTurn(time))
            return true;

        await found.Task.WaitAsync(patience < TurnPeriod ? patience : TurnPeriod, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return found.Task.IsCompleted;
    }

    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        Count(currentNumberOfGateways - previousNumberOfGateways);
        if (currentNumberOfGateways >= previousNumberOfGateways)
            return;

        // Not on Orleans' thread, which is closing a connection: what hears it sends again.
        _ = Interlocked.Exchange(ref _loss, new CancellationTokenSource()).CancelAsync();
    }

    public void NotifyClusterConnectionLost()
    {
        // The last of the gateways was counted above.
    }

    /// <summary>Adds a change up. What Orleans gives as the present number may be told out of order.</summary>
    private void Count(int change)
    {
        lock (_gate)
        {
            _connected += change;
            _found?.TrySetResult();
            _found = _connected == 0 ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            _lastTurnAt = null;
        }
    }

    private bool TryTakeTurn(TimeProvider time)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_lastTurnAt is { } at && time.GetElapsedTime(at, now) < TurnPeriod)
                return false;

            _lastTurnAt = now;
            return true;
        }
    }
}
