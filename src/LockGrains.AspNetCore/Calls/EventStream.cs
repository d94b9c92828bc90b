using LockGrains.AspNetCore.Access;
using LockGrains.AspNetCore.Replies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace LockGrains.AspNetCore.Calls;

/// <summary>
/// Server-sent events on one connection, until its client goes or this host stops. A stream that is silent for long gets a ping, and one whose access
/// key may not read any more ends.
/// </summary>
/// <param name="call">The request.</param>
/// <param name="readable">The key, or the prefix, that must stay readable.</param>
/// <param name="end">The client has gone, or this host stops.</param>
internal sealed class EventStream(ApiCall call, string readable, CancellationToken end)
{
    private static readonly byte[] Ping = "event: ping\ndata: {}\n\n"u8.ToArray();
    private static readonly byte[] StateStart = "event: state\ndata: "u8.ToArray();
    private static readonly byte[] StateEnd = "\n\n"u8.ToArray();

    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    private readonly long _startedAt = call.Services.Time.GetTimestamp();
    private long _wroteAt = call.Services.Time.GetTimestamp();
    private long _checkedAt = call.Services.Time.GetTimestamp();

    public CancellationToken End => end;

    /// <summary>The time since it was opened.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_startedAt);

    private TimeProvider Time => call.Services.Time;

    private TimeSpan PingPeriod => call.Services.Options.PingPeriod;

    private HttpResponse Response => call.Context.Response;

    /// <summary>A state as an event.</summary>
    /// <param name="json">Its data, in one line.</param>
    public static byte[] StateOf(byte[] json) => [.. StateStart, .. json, .. StateEnd];

    /// <summary>Sends the headers.</summary>
    public async Task OpenAsync()
    {
        await ApiEndpoint.AddStoreAsync(call.Context, call.Services);
        Response.ContentType = "text/event-stream";
        Response.Headers.CacheControl = "no-store";
        Response.Headers["X-Accel-Buffering"] = "no";
        call.Context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await Response.Body.FlushAsync(call.Gone);
    }

    /// <summary>Sends events. Who reads slowly is waited for.</summary>
    public async Task WriteAsync(byte[] events)
    {
        if (Time.GetElapsedTime(_checkedAt) >= PingPeriod)
            ThrowIfNotAllowed();
        await SendAsync(events);
    }

    /// <summary>Awaits a reply, and lets no proxy take the stream for dead meanwhile.</summary>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    public async Task<T> PingWhileAsync<T>(Task<T> reply, TimeSpan timeout)
    {
        await PingWhileAsync((Task)reply, timeout);
        return reply.IsCompleted ? await reply : throw new TimeoutException("A watch had no reply in time.");
    }

    /// <summary>Pauses, with pings.</summary>
    public Task PauseAsync(TimeSpan time) => PingWhileAsync(Task.Delay(time, Time, end), Timeout.InfiniteTimeSpan);

    /// <summary>Returns when something has ended, be it with a failure, or the time is up.</summary>
    private async Task PingWhileAsync(Task something, TimeSpan timeout)
    {
        var began = Now;
        while (!something.IsCompleted)
        {
            var untilPing = PingPeriod - Time.GetElapsedTime(_wroteAt);
            if (untilPing <= TimeSpan.Zero)
            {
                ThrowIfNotAllowed();
                await SendAsync(Ping);
                continue;
            }

            var left = timeout == Timeout.InfiniteTimeSpan ? untilPing : timeout - (Now - began);
            if (left <= TimeSpan.Zero)
                return;
            await something.WaitAsync(left < untilPing ? left : untilPing, Time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            end.ThrowIfCancellationRequested();
        }
    }

    // A stream outlives the access key that it was opened with.
    private void ThrowIfNotAllowed()
    {
        _checkedAt = Time.GetTimestamp();
        if (!call.IsAllowed(AccessVerb.Read, readable))
            throw new ProblemException(Problem.Forbidden.With("This access key may not read this any more."));
    }

    /// <summary>
    /// A write that is cut resets the connection, and its client would take what it has read for broken. So when this host stops, a write that has begun
    /// may end; only who reads nothing is cut off.
    /// </summary>
    private async Task SendAsync(byte[] bytes)
    {
        end.ThrowIfCancellationRequested();
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(call.Gone);
        var write = Response.Body.WriteAsync(bytes, cut.Token).AsTask();
        await write.WaitAsync(end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!write.IsCompleted)
        {
            await Task.WhenAny(write, Task.Delay(StopGrace, Time, call.Gone));
            await cut.CancelAsync();
        }

        await write;
        await Response.Body.FlushAsync(call.Gone);
        _wroteAt = Time.GetTimestamp();
    }
}
