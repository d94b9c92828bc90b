using LockGrains.Core;

namespace LockGrains;

/// <summary>Carries out the watching of one key for one reader: does what <see cref="WatchProtocol"/> says, and tells it what came of it.</summary>
internal sealed class WatchLoop(ClientRuntime runtime, ILockTransport transport, string key)
{
    private readonly WatchProtocol _protocol = new(new WatchSettings
    {
        AttemptTimeout = runtime.Options.AttemptTimeout,
        UnavailableTimeout = runtime.Options.UnavailableTimeout,
        Backoff = runtime.Policy.Backoff,
    });

    private IRemoteLock? _lock;

    /// <summary>Waits for the next state.</summary>
    public async Task<LockInfo?> NextAsync(CancellationToken cancellationToken)
    {
        var step = _protocol.Next(runtime.Now);
        while (step.Info is null)
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

        return step.Info;
    }

    private async Task<WatchStep> CallAsync(WatchRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await transport.WhenReadyAsync(key, runtime.Options.AttemptTimeout, runtime.Time, cancellationToken).ConfigureAwait(false);
            var grain = _lock ??= transport.GetLock(key);
            var reply = await runtime.CallAsync(() => grain.WatchAsync(request, CancellationToken.None), timeout, cancellationToken).ConfigureAwait(false);
            return _protocol.OnReply(reply, runtime.Now, runtime.NextJitter());
        }
        catch (Exception exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return _protocol.OnUnknown(exception.Message, runtime.Now, runtime.NextJitter());
        }
    }
}
