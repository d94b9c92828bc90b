using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Chaos;

/// <summary>
/// Stands between clients and a Redis, understands enough of the protocol to know which reply answers which request, and spoils what
/// its rule says. Publish/subscribe connections are passed on as they are; only what is done to whole connections reaches them.
/// <c>CLIENT REPLY</c> is not understood.
/// </summary>
internal sealed class RespProxy : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<RespProxyConnection, Task> _connections = new();
    private readonly ConcurrentQueue<Exception> _defects = new();
    private readonly IPEndPoint _upstream;
    private readonly Random _seeds;
    private RespProxyRuling _ruling;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Makes a proxy; <see cref="StartAsync"/> lets it listen.</summary>
    /// <param name="listen">Where clients connect; port 0 takes a free one.</param>
    /// <param name="upstream">Where Redis is.</param>
    /// <param name="seed">Decides which requests a rule takes that takes a share of them.</param>
    /// <param name="timeProvider">The clock of all delays.</param>
    public RespProxy(IPEndPoint listen, IPEndPoint upstream, int seed = 0, TimeProvider? timeProvider = null)
    {
        EndPoint = listen;
        _upstream = upstream;
        _seeds = new Random(seed);
        TimeProvider = timeProvider ?? TimeProvider.System;
        _ruling = new RespProxyRuling(RespProxyRule.Pass, _seeds.Next());
    }

    public IPEndPoint EndPoint { get; private set; }

    public RespProxyCounts Counts { get; } = new();

    /// <summary>What is done from now on, to requests that come from now on. A blackhole that is replaced lets flow what it kept.</summary>
    public RespProxyRule Rule
    {
        get => Volatile.Read(ref _ruling).Rule;
        set => Apply(value.Checked());
    }

    /// <summary>As <see cref="Rule"/>, for every request and with the defaults.</summary>
    public RespProxyMode Mode
    {
        get => Rule.Mode;
        set => Rule = new RespProxyRule(value);
    }

    public TimeProvider TimeProvider { get; }

    /// <summary>How many clients are connected.</summary>
    public int OpenConnections => _connections.Count;

    public RespProxyRuling Ruling => Volatile.Read(ref _ruling);

    public Task StartAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            Listen();
        }

        return Task.CompletedTask;
    }

    /// <summary>Resets all connections of now; new ones are welcome.</summary>
    public void ResetConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                return;
            _stopping.Cancel();
            _listener?.Dispose();
            _ruling.Replace();
        }

        await _accepting;
        await Task.WhenAll(_connections.Values);
        _stopping.Dispose();
        if (!_defects.IsEmpty)
            throw new AggregateException("The proxy itself went wrong; do not believe what was tested with it.", _defects);
    }

    private void Apply(RespProxyRule rule)
    {
        lock (_gate)
        {
            var replaced = _ruling;
            Volatile.Write(ref _ruling, new RespProxyRuling(rule, _seeds.Next()));
            if (rule.Mode == RespProxyMode.Refuse)
                StopListening();
            else if (replaced.Rule.Mode == RespProxyMode.Refuse && !_stopping.IsCancellationRequested)
                Listen();
            replaced.Replace();
        }

        if (rule.Mode != RespProxyMode.Refuse)
            return;
        ResetConnections();
        Counts.Add(rule.Mode);
    }

    private void Listen()
    {
        if (_listener is not null)
            throw new InvalidOperationException("It listens already.");
        var listener = new Socket(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(EndPoint);
        listener.Listen();
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _listener = listener;
        _accepting = Task.WhenAll(_accepting, AcceptAsync(listener));
    }

    private void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(_stopping.Token);
                Counts.AddConnection();
                var connection = new RespProxyConnection(this, client, _upstream);
                var ended = new TaskCompletionSource();
                _connections.TryAdd(connection, ended.Task);
                _ = RunAsync(connection, ended);

                // It may have been waiting to be accepted when the others were reset.
                if (Mode == RespProxyMode.Refuse)
                    connection.Reset();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It stopped listening.
        }
    }

    private async Task RunAsync(RespProxyConnection connection, TaskCompletionSource ended)
    {
        using (connection)
        {
            try
            {
                await connection.RunAsync(_stopping.Token);
            }
            catch (Exception exception)
            {
                _defects.Enqueue(exception);
            }

            // In this order: whoever waited for its end finds it gone.
            _connections.TryRemove(connection, out _);
            ended.SetResult();
        }
    }
}
