using LockGrains.Core;

namespace LockGrains;

/// <summary>Carries out the watching of one prefix for one reader: does what <see cref="ListWatchProtocol"/> says, and tells it what came of it.</summary>
internal sealed class ListWatchLoop(ClientRuntime runtime, ILockTransport transport, string prefix)
{
    private readonly ListWatchProtocol _protocol = new(prefix, new ListWatchSettings
    {
        AttemptTimeout = runtime.Options.AttemptTimeout,
        SiloTimeout = ListLoop.GetSiloTimeout(runtime),
        UnavailableTimeout = runtime.Options.UnavailableTimeout,
        Backoff = runtime.Policy.Backoff,
    });

    /// <summary>Waits for the next update.</summary>
    public async Task<LockListUpdate?> NextAsync(CancellationToken cancellationToken)
    {
        var step = _protocol.Next(runtime.Now);
        while (step.Update is null)
        {
            if (step.Action == WatchAction.Pause)
            {
                await runtime.DelayAsync(step.Time, cancellationToken).ConfigureAwait(false);
                step = _protocol.OnPaused(runtime.Now);
            }
            else
            {
                step = await CallAsync(step.Request!, step.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        return step.Update;
    }

    private async Task<ListWatchStep> CallAsync(LockListRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await transport.WhenReadyAsync(prefix, runtime.Options.AttemptTimeout, runtime.Time, cancellationToken).ConfigureAwait(false);
            var page = await runtime.CallAsync(() => transport.ListAsync(request, CancellationToken.None), timeout, cancellationToken).ConfigureAwait(false);
            return _protocol.OnPage(page, runtime.Now);
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return _protocol.OnUnknown(exception.Message, runtime.Now, runtime.NextJitter());
        }
    }
}
