using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>
/// Tells when a connection to a gateway is lost. The answers of calls that went through it will never come, nor, most likely, those of
/// calls to the locks of the silo behind it, which died; and Orleans tells an external client of neither. A hint, never a proof: whoever
/// gets it asks again.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class GatewayWatch : IClusterConnectionStatusObserver
{
    private CancellationTokenSource _loss = new();

    /// <summary>Fires at the next loss. Read anew for each call.</summary>
    public CancellationToken NextLoss => Volatile.Read(ref _loss).Token;

    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        if (currentNumberOfGateways >= previousNumberOfGateways) return;

        // Not on Orleans' thread, which is closing a connection: what hears it sends again.
        _ = Interlocked.Exchange(ref _loss, new CancellationTokenSource()).CancelAsync();
    }

    public void NotifyClusterConnectionLost()
    {
        // The last of the gateways was counted above.
    }
}
