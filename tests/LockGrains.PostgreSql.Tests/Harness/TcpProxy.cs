using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.PostgreSql.Tests;

/// <summary>A way to a server that breaks on command: connections end before a statement, or between a statement and its answer.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile int _repliesToLose;
    private TaskCompletionSource _replies = NewGate(isOpen: true);

    public TcpProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections were opened through it.</summary>
    public int Opened { get; private set; }

    /// <summary>Ends every connection, as a firewall does that forgot them.</summary>
    public void DropAll()
    {
        foreach (var client in _clients.Keys)
            Drop(client);
    }

    /// <summary>The next answers are lost, with their connections; what they answer was done.</summary>
    public void LoseReplies(int count) => _repliesToLose = count;

    /// <summary>Answers do not come until <see cref="ReleaseReplies"/>; statements still go.</summary>
    public void HoldReplies() => _replies = NewGate(isOpen: false);

    public void ReleaseReplies() => _replies.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        DropAll();
        _replies.TrySetResult();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static TaskCompletionSource NewGate(bool isOpen)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isOpen)
            gate.SetResult();
        return gate;
    }

    private static void Drop(TcpClient client)
    {
        try
        {
            client.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or NullReferenceException)
        {
            // It is closed already.
        }

        client.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_end.Token);
            Opened++;
            _ = Task.Run(() => ServeAsync(client));
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var server = new TcpClient();
        _clients[client] = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            client.NoDelay = server.NoDelay = true;
            await Task.WhenAny(ForwardAsync(client, server, isReply: false), ForwardAsync(server, client, isReply: true));
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side is gone: so is the other.
        }
        finally
        {
            _clients.TryRemove(client, out _);
            Drop(client);
            Drop(server);
        }
    }

    private async Task ForwardAsync(TcpClient from, TcpClient to, bool isReply)
    {
        var buffer = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _end.Token) is var count and > 0)
        {
            if (isReply)
                await _replies.Task;
            if (isReply && _repliesToLose > 0)
            {
                Interlocked.Decrement(ref _repliesToLose);
                return;
            }

            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
