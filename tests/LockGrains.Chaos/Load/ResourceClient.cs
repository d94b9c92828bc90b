using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Chaos;

/// <summary>A connection to the resource, made anew when it breaks.</summary>
internal sealed class ResourceClient(IPEndPoint endPoint) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turn = new(1);
    private TcpClient? _client;
    private StreamReader? _reader;
    private StreamWriter? _writer;

    /// <summary>Writes or reads; null when nobody can say whether it was taken.</summary>
    public async Task<bool?> UseAsync(string name, long token, string owner, bool isRead, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var isAnswered = false;
        try
        {
            await ConnectAsync(cancellationToken);
            await _writer!.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name} {token} {owner}{(isRead ? ResourceServer.Read : "")}").AsMemory(), cancellationToken);
            var answer = await _reader!.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Patience, TimeProvider.System, cancellationToken);
            isAnswered = answer is not null;
            return isAnswered ? answer == "ok" : null;
        }
        catch (Exception exception) when (exception is IOException or SocketException or TimeoutException)
        {
            return null;
        }
        finally
        {
            // Before the next one has its turn: it would lose the connection under its feet, or read the answer to this one.
            if (!isAnswered)
                Disconnect();
            _turn.Release();
        }
    }

    public void Dispose()
    {
        Disconnect();
        _turn.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (_client is not null)
            return;
        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(endPoint, cancellationToken);
        }
        catch
        {
            client.Dispose();
            throw;
        }

        (_client, _reader, _writer) = (client, new StreamReader(client.GetStream()), new StreamWriter(client.GetStream()) { NewLine = "\n", AutoFlush = true });
    }

    private void Disconnect()
    {
        _client?.Dispose();
        _client = null;
    }
}
