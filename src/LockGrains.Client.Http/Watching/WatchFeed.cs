using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.ServerSentEvents;

namespace LockGrains;

/// <summary>
/// The states of one lock as they come over one stream of events, for the calls of one who watches. Only the latest is kept: who reads slowly misses those
/// in between. It ends with its stream, or when nobody has called for long; the next call opens another, whose first event is the present state.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source is disposed when the stream has ended.")]
internal sealed class WatchFeed(ApiCalls calls, string key, string query)
{
    /// <summary>How long a stream is kept open for one who does not call: a reader that stopped does not say so.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(10);

    /// <summary>The longest silence that is believed: the API pings after 15 s, and after 1 min where it is configured so.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan SliceMax = TimeSpan.FromSeconds(60);

    private static long _lastNumber;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _idle = new(Timeout.InfiniteTimeSpan, calls.Time);
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WatchReply? _latest;
    private int _readers;

    /// <summary>Whether it has ended.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Opens the stream, in nobody's context: it outlives the call that came first.</summary>
    public void Start()
    {
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _ = Task.Run(RunAsync);
    }

    /// <summary>Waits until there is another state than the caller knows, or the slice is over.</summary>
    public async Task<WatchReply> ReadAsync(WatchRequest request, CancellationToken cancellationToken)
    {
        var slice = request.Slice is { } asked && asked < SliceMax ? asked : SliceMax;
        var startedAt = calls.Time.GetTimestamp();
        OnReader(1);
        try
        {
            while (true)
            {
                Task news;
                lock (_gate)
                {
                    if (_latest is { } latest && (IsOver || latest.Cursor is null || latest.Cursor != request.Cursor))
                        return latest;

                    news = _news.Task;
                }

                var left = slice - calls.Time.GetElapsedTime(startedAt);
                if (left <= TimeSpan.Zero)
                    return _latest ?? Unknown("The stream of events was not opened in time.");

                await news.WaitAsync(left, calls.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            OnReader(-1);
        }
    }

    private static WatchReply Unknown(string detail) => new() { Status = WatchStatus.Unknown, Detail = detail };

    // While somebody reads it is not idle, and from the last on it is.
    private void OnReader(int change)
    {
        lock (_gate)
        {
            _readers += change;
            if (!IsOver)
                _idle.CancelAfter(_readers > 0 ? Timeout.InfiniteTimeSpan : IdleMax);
        }
    }

    private async Task RunAsync()
    {
        var end = "The stream of events has ended.";
        try
        {
            var reply = await calls.OpenAsync(new ApiRequest($"/watch{query}"), calls.End).ConfigureAwait(false);
            if (reply.Value is not { } stream)
            {
                end = reply.Detail;
                return;
            }

            using (stream)
                await ReadEventsAsync(stream).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            end = exception.Message;
        }
        finally
        {
            lock (_gate)
            {
                IsOver = true;
                Tell(Unknown(end));
            }

            _idle.Dispose();
        }
    }

    private async Task ReadEventsAsync(OpenStream stream)
    {
        using var silent = new CancellationTokenSource(SilenceMax, calls.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, stream.Loss, _idle.Token, calls.End);
        var events = SseParser.Create<byte[]>(stream.Body, static (kind, data) => kind == "state" ? data.ToArray() : []);
        await foreach (var one in events.EnumerateAsync(stop.Token).ConfigureAwait(false))
        {
            silent.CancelAfter(SilenceMax);
            if (one.EventType != "state")
                continue;

            var state = Read(one.Data);
            lock (_gate) Tell(state);
        }
    }

    private WatchReply Read(byte[] data)
    {
        if (ReplyReader.Read(data, ReplyText.Default.WatchJson) is not { } update)
            return Unknown("An event of the stream cannot be read.");
        if (update is not { Known: true, Status: { } status })
            return Unknown(update.Detail ?? "The server could not say.");
        if (status.Key != key || InfoReplies.ToInfo(status) is not { } info)
            return Unknown("An event of the stream is not of this lock.");

        return new WatchReply { Status = WatchStatus.Current, Info = info, Cursor = Interlocked.Increment(ref _lastNumber).ToString(CultureInfo.InvariantCulture) };
    }

    private void Tell(WatchReply reply)
    {
        _latest = reply;
        var news = _news;
        _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        news.TrySetResult();
    }
}
