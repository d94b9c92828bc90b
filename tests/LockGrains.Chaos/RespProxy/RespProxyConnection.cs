using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Chaos;

/// <summary>One client's connection and the one to Redis that belongs to it.</summary>
internal sealed class RespProxyConnection(RespProxy proxy, Socket client, IPEndPoint upstream) : IDisposable
{
    private readonly Socket _upstream = new(upstream.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _ended = new();
    private readonly RespReplyOrder _order = new();
    private bool _isDeaf;

    /// <summary>Passes on until either side or the rule ends it. Replies that are on their way then still arrive.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await using var registration = stopping.Register(_ended.Cancel);
        await EndingAsync(PassOnAsync);
        client.Dispose();
        _upstream.Dispose();
    }

    /// <summary>Ends both sides as a crash does: whatever is on its way is gone.</summary>
    public void Reset()
    {
        try
        {
            client.LingerState = _upstream.LingerState = new LingerOption(enable: true, 0);
            _ended.Cancel();
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // It has ended in between.
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _upstream.Dispose();
        _ended.Dispose();
    }

    /// <summary>Whatever goes wrong on one side ends the other, and is no more than that: connections end.</summary>
    private async Task EndingAsync(Func<Task> pump)
    {
        try
        {
            await pump();
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException
            or InvalidDataException)
        {
            await _ended.CancelAsync();
        }
    }

    private async Task PassOnAsync()
    {
        await ConnectAsync();

        // Both now: of a socket that was closed in one direction no stream can be made.
        await using var clientStream = new NetworkStream(client, ownsSocket: false);
        await using var upstreamStream = new NetworkStream(_upstream, ownsSocket: false);
        await Task.WhenAll(
            EndingAsync(() => ForwardRequestsAsync(PipeReader.Create(clientStream), PipeWriter.Create(upstreamStream))),
            EndingAsync(() => ReadRepliesAsync(PipeReader.Create(upstreamStream))),
            EndingAsync(() => PassRepliesAsync(PipeWriter.Create(clientStream))));
    }

    private async Task ConnectAsync()
    {
        await WhenRequestsFlowAsync();
        try
        {
            await _upstream.ConnectAsync(upstream, _ended.Token);
        }
        catch (SocketException)
        {
            // As near as an accepted connection comes to one that nobody accepted.
            Reset();
            throw;
        }

        client.NoDelay = _upstream.NoDelay = true;
    }

    private async Task ForwardRequestsAsync(PipeReader reader, PipeWriter writer)
    {
        for (var isOpen = true; isOpen;)
        {
            var read = await reader.ReadAsync(_ended.Token);
            await WhenRequestsFlowAsync();
            var buffer = read.Buffer;
            var goOn = true;
            while (goOn && RespFrame.TryTake(ref buffer, out var frame))
                goOn = await ForwardAsync(new RespRequest(frame), writer);
            await writer.FlushAsync(_ended.Token);
            if (!goOn)
                return;
            reader.AdvanceTo(buffer.Start, buffer.End);
            isOpen = !read.IsCompleted;
        }

        _upstream.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Does with a request what the rule says.</summary>
    /// <returns>Whether the client is listened to any longer.</returns>
    private async Task<bool> ForwardAsync(RespRequest request, PipeWriter writer)
    {
        if (request.Name.Length == 0)
            return true;
        var ruling = proxy.Ruling;
        var mode = ruling.Decide(request);
        proxy.Counts.AddRequest();
        if (mode != RespProxyMode.Pass)
            proxy.Counts.Add(mode);
        switch (mode)
        {
            case RespProxyMode.Reset:
                Reset();
                break;
            case RespProxyMode.LateWrite:
                _order.Enqueue(new RespReply(mode) { Bytes = [], Held = request, HeldFor = ruling.Rule.Delay });
                break;
            case var _ when RespReply.Invented(mode) is { } invented:
                _order.Enqueue(new RespReply(mode) { Bytes = invented });
                break;
            default:
                await SendAsync(request, mode, ruling.Rule, writer);
                break;
        }

        return mode is not (RespProxyMode.Reset or RespProxyMode.LateWrite);
    }

    private async Task SendAsync(RespRequest request, RespProxyMode mode, RespProxyRule rule, PipeWriter writer)
    {
        if (mode == RespProxyMode.Hold)
        {
            await writer.FlushAsync(_ended.Token);
            await DelayAsync(rule.Delay);
        }

        await PaceAsync(request.Bytes.Length, writer);
        if (request.StartsStream)
            _order.BecomeStream();
        else
            _order.Enqueue(new RespReply(mode) { NotBefore = mode == RespProxyMode.Delay ? After(rule.Delay) : 0 });
        writer.Write(request.Bytes);
    }

    private async Task ReadRepliesAsync(PipeReader reader)
    {
        for (var isOpen = true; isOpen;)
        {
            var read = await reader.ReadAsync(_ended.Token);
            var buffer = read.Buffer;
            while (RespFrame.TryTake(ref buffer, out var frame))
                _order.OnReceived(frame);
            reader.AdvanceTo(buffer.Start, buffer.End);
            isOpen = !read.IsCompleted;
        }

        _order.Complete();
    }

    private async Task PassRepliesAsync(PipeWriter writer)
    {
        var goOn = true;
        while (goOn && await _order.Ready.WaitToReadAsync(_ended.Token))
        {
            while (goOn && _order.Ready.TryRead(out var reply))
                goOn = await PassAsync(reply, writer);
            if (goOn && !_isDeaf)
                await writer.FlushAsync(_ended.Token);
        }

        await _ended.CancelAsync();
    }

    /// <summary>Does with a reply what was decided when its request came.</summary>
    /// <returns>Whether the client hears anything after it.</returns>
    private async Task<bool> PassAsync(RespReply reply, PipeWriter writer)
    {
        if (reply.NotBefore > 0 || proxy.Ruling.StopsReplies)
        {
            await FlushAsync(writer);
            await DelayAsync(proxy.TimeProvider.GetElapsedTime(proxy.TimeProvider.GetTimestamp(), reply.NotBefore));
            await WhenRepliesFlowAsync();
        }

        switch (reply.Mode)
        {
            case RespProxyMode.DropReply:
                await FlushAsync(writer);
                return false;
            case RespProxyMode.LateWrite:
                await FlushAsync(writer);
                await WriteLateAsync(reply);
                return false;
            case RespProxyMode.HalfClose:
                await FlushAsync(writer);
                client.Shutdown(SocketShutdown.Send);
                _isDeaf = true;
                return true;
            case RespProxyMode.SwallowReply:
                return true;
            case var _ when _isDeaf:
                return true;
            default:
                await PaceAsync(reply.Bytes!.Length, writer);
                for (var times = reply.Mode == RespProxyMode.DuplicateReply ? 2 : 1; times > 0; times--)
                    writer.Write(reply.Bytes);
                return true;
        }
    }

    /// <summary>The client is gone, and what it had sent arrives all the same, as from a network that kept it.</summary>
    private async Task WriteLateAsync(RespReply reply)
    {
        client.Dispose();
        await DelayAsync(reply.HeldFor);
        _order.Enqueue(new RespReply(RespProxyMode.Pass));
        await _upstream.SendAsync(reply.Held!.Bytes, _ended.Token);
        var late = await _order.Ready.ReadAsync(_ended.Token);
        proxy.Counts.AddLate(late.Bytes!);
    }

    private async Task FlushAsync(PipeWriter writer)
    {
        if (!_isDeaf)
            await writer.FlushAsync(_ended.Token);
    }

    private async Task WhenRequestsFlowAsync()
    {
        while (proxy.Ruling is { StopsRequests: true } ruling)
            await WhenReplacedAsync(ruling);
    }

    private async Task WhenRepliesFlowAsync()
    {
        while (proxy.Ruling is { StopsReplies: true } ruling)
            await WhenReplacedAsync(ruling);
    }

    private Task WhenReplacedAsync(RespProxyRuling ruling)
    {
        // The last ruling is over, and not replaced, when the proxy ends: it would be waited for without a pause, for ever.
        _ended.Token.ThrowIfCancellationRequested();
        proxy.Counts.Add(ruling.Rule.Mode);
        return ruling.Replaced.WaitAsync(_ended.Token);
    }

    private async Task PaceAsync(int bytes, PipeWriter writer)
    {
        if (proxy.Rule is not { Mode: RespProxyMode.Throttle } rule)
            return;
        proxy.Counts.Add(RespProxyMode.Throttle);
        await writer.FlushAsync(_ended.Token);
        await DelayAsync(TimeSpan.FromSeconds((double)bytes / rule.BytesPerSecond));
    }

    private Task DelayAsync(TimeSpan delay) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, proxy.TimeProvider, _ended.Token) : Task.CompletedTask;

    private long After(TimeSpan delay) =>
        proxy.TimeProvider.GetTimestamp() + (long)(delay.TotalSeconds * proxy.TimeProvider.TimestampFrequency);
}
