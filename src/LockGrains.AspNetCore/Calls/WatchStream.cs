using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using LockGrains.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// The states of a lock as server-sent events, until the client goes or this host stops. Each state is the latest one: who reads slowly misses
/// those in between, and nothing is kept for it.
/// </summary>
internal sealed class WatchStream
{
    private static readonly byte[] Ping = "event: ping\ndata: {}\n\n"u8.ToArray();
    private static readonly byte[] StateStart = "event: state\ndata: "u8.ToArray();
    private static readonly byte[] StateEnd = "\n\n"u8.ToArray();

    private readonly ApiCall _call;
    private readonly ILockGrain _grain;
    private readonly CancellationToken _end;
    private readonly long _startedAt;
    private readonly WatchProtocol _protocol;
    private long _wroteAt;
    private long _checkedAt;

    private WatchStream(ApiCall call, CancellationToken end)
    {
        (_call, _end) = (call, end);
        _grain = call.GetLock(call.Key!);
        _startedAt = _wroteAt = _checkedAt = Time.GetTimestamp();
        _protocol = new WatchProtocol(new WatchSettings
        {
            AttemptTimeout = call.Services.Options.CallTimeout,
            UnavailableTimeout = call.Services.Options.CallTimeout * 2,
            Backoff = new RetryBackoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1)),
        });
    }

    private TimeProvider Time => _call.Services.Time;

    private TimeSpan Now => Time.GetElapsedTime(_startedAt);

    private HttpResponse Response => _call.Context.Response;

    public static async Task RunAsync(ApiCall call)
    {
        call.ReadKey();
        var streams = call.Services.Streams;
        if (!streams.TryEnter())
            throw new ProblemException(Problem.TooManyStreams.With($"{call.Services.Options.MaxStreams} event streams are open, and this host has no more.") with { Key = call.Key });
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(call.Gone, call.Services.Stopping);
            await new WatchStream(call, end.Token).WriteAllAsync();
        }
        catch (OperationCanceledException) when (call.Services.Stopping.IsCancellationRequested)
        {
            // The stream ends; its client opens one elsewhere.
        }
        finally
        {
            streams.Leave();
        }
    }

    private async Task WriteAllAsync()
    {
        await ApiEndpoint.AddStoreAsync(_call.Context, _call.Services);
        Response.ContentType = "text/event-stream";
        Response.Headers.CacheControl = "no-store";
        Response.Headers["X-Accel-Buffering"] = "no";
        _call.Context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await Response.Body.FlushAsync(_end);
        var step = _protocol.Next(Now);
        while (true)
        {
            switch (step.Action)
            {
                case WatchAction.Call:
                    step = await CallAsync(step);
                    break;
                case WatchAction.Pause:
                    await Task.Delay(step.Time, Time, _end);
                    step = _protocol.OnPaused(Now);
                    break;
                default:
                    await WriteAsync(step.Info!);
                    step = _protocol.Next(Now);
                    break;
            }
        }
    }

    private async Task<WatchStep> CallAsync(WatchStep step)
    {
        Task<WatchReply>? call = null;
        try
        {
            call = _grain.WatchAsync(step.Request!, CancellationToken.None).AsTask();
            return _protocol.OnReply(await PingWhileAsync(call, step.Time), Now, Random.Shared.NextDouble());
        }
        catch (Exception exception) when (exception is not ProblemException && !_end.IsCancellationRequested)
        {
            HttpLog.CallFailed(_call.Services.Logger, _call.Context.Request.Path, exception);
            return _protocol.OnUnknown("There was no usable reply.", Now, Random.Shared.NextDouble());
        }
        finally
        {
            call?.Ignore();
        }
    }

    /// <summary>Awaits a reply, and lets no proxy take the stream for dead meanwhile.</summary>
    private async Task<WatchReply> PingWhileAsync(Task<WatchReply> call, TimeSpan timeout)
    {
        var until = Now + timeout;
        while (true)
        {
            var untilPing = _call.Services.Options.PingPeriod - Time.GetElapsedTime(_wroteAt);
            if (untilPing <= TimeSpan.Zero)
            {
                ThrowIfNotAllowed();
                await WriteAsync(Ping);
                continue;
            }

            var left = until - Now;
            var pause = left < untilPing ? left : untilPing;
            if (pause <= TimeSpan.Zero)
                throw new TimeoutException("A watch had no reply in time.");
            try
            {
                return await call.WaitAsync(pause, Time, _end);
            }
            catch (TimeoutException) when (!call.IsFaulted)
            {
                // A ping is due, or the time is up.
            }
        }
    }

    // A stream outlives the access key that it was opened with.
    private void ThrowIfNotAllowed()
    {
        _checkedAt = Time.GetTimestamp();
        if (!_call.IsAllowed(AccessVerb.Read, _call.Key!))
            throw new ProblemException(Problem.Forbidden.With("This access key may not read this lock any more."));
    }

    private async Task WriteAsync(LockInfo info)
    {
        if (Time.GetElapsedTime(_checkedAt) >= _call.Services.Options.PingPeriod)
            ThrowIfNotAllowed();
        var json = Reply.ToBytes(StatusReport.Of(_call.Key!, WithoutDetail(info), Time.GetUtcNow()), static text => text.WatchJson);
        await WriteAsync([.. StateStart, .. json, .. StateEnd]);
    }

    // What storage or Orleans said of a failure is for the log.
    private static LockInfo WithoutDetail(LockInfo info) => info.Known ? info : info with { Detail = "The lock cannot be read just now." };

    private async Task WriteAsync(byte[] bytes)
    {
        await Response.Body.WriteAsync(bytes, _end);
        await Response.Body.FlushAsync(_end);
        _wroteAt = Time.GetTimestamp();
    }
}
