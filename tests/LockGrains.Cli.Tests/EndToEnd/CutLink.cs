using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Cli.Tests.EndToEnd;

/// <summary>A way to a server that can be cut. What is sent on it then arrives when it is healed, as TCP has it, and until then nobody is told anything.</summary>
internal sealed class CutLink : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _port;
    private volatile TaskCompletionSource _whole = new();

    /// <summary>Opens a way to a port of this machine.</summary>
    public CutLink(int port)
    {
        _port = port;
        _whole.SetResult();
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public void Cut() => _whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Heal() => _whole.SetResult();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
            _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token), _end.Token);
    }

    private async Task ServeAsync(TcpClient near, CancellationToken end)
    {
        using (near)
        {
            using var far = new TcpClient();
            await _whole.Task.WaitAsync(end);
            await far.ConnectAsync(IPAddress.Loopback, _port, end);
            await Task.WhenAny(PassAsync(near.GetStream(), far.GetStream(), end), PassAsync(far.GetStream(), near.GetStream(), end));
        }
    }

    private async Task PassAsync(NetworkStream from, NetworkStream to, CancellationToken end)
    {
        var buffer = new byte[8192];
        while (await from.ReadAsync(buffer, end) is var count and > 0)
        {
            await _whole.Task.WaitAsync(end);
            await to.WriteAsync(buffer.AsMemory(0, count), end);
        }
    }
}
