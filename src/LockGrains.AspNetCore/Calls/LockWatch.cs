using LockGrains.AspNetCore.Replies;
using LockGrains.Core;

namespace LockGrains.AspNetCore.Calls;

/// <summary>The states of a lock as events. Each is the latest one: who reads slowly misses those in between, and nothing is kept for it.</summary>
internal sealed class LockWatch(ApiCall call, EventStream stream)
{
    private readonly ILockGrain _grain = call.GetLock(call.Key!);
    private readonly WatchProtocol _protocol = new(new WatchSettings
    {
        AttemptTimeout = call.Services.Options.CallTimeout,
        UnavailableTimeout = call.Services.Options.CallTimeout * 2,
        Backoff = new RetryBackoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)),
    });

    public async Task RunAsync()
    {
        await stream.OpenAsync();
        var step = _protocol.Next(stream.Now);
        while (true)
        {
            switch (step.Action)
            {
                case WatchAction.Call:
                    step = await CallAsync(step);
                    break;
                case WatchAction.Pause:
                    await stream.PauseAsync(step.Time);
                    step = _protocol.OnPaused(stream.Now);
                    break;
                default:
                    await WriteAsync(step.Info!);
                    step = _protocol.Next(stream.Now);
                    break;
            }
        }
    }

    private async Task<WatchStep> CallAsync(WatchStep step)
    {
        Task<WatchReply>? reply = null;
        try
        {
            reply = _grain.WatchAsync(step.Request!, CancellationToken.None).AsTask();
            return _protocol.OnReply(await stream.PingWhileAsync(reply, step.Time), stream.Now, Random.Shared.NextDouble());
        }
        catch (Exception exception) when (exception is not ProblemException && !stream.End.IsCancellationRequested)
        {
            HttpLog.CallFailed(call.Services.Logger, call.Context.Request.Path, exception);
            return _protocol.OnUnknown("There was no usable reply.", stream.Now, Random.Shared.NextDouble());
        }
        finally
        {
            reply?.Ignore();
        }
    }

    private Task WriteAsync(LockInfo info) => stream.WriteAsync(EventStream.StateOf(
        Reply.ToBytes(StatusReport.Of(call.Key!, WithoutDetail(info), call.Services.Time.GetUtcNow()), static text => text.WatchJson)));

    // What storage or Orleans said of a failure is for the log.
    private static LockInfo WithoutDetail(LockInfo info) => info.Known ? info : info with { Detail = "The lock cannot be read just now." };
}
