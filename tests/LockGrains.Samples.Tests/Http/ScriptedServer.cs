using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LockGrains.Samples.Tests.Http;

/// <summary>
/// A server that replies with given bytes, one reply a connection, and closes it; an empty reply is a connection that is cut. After the last one
/// every request is done: 200 with an empty object.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<string> _replies;
    private readonly List<ScriptedRequest> _requests = [];
    private readonly Task _serving;

    public ScriptedServer(params string[] replies)
    {
        _replies = new Queue<string>(replies);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>What came, in its order.</summary>
    public IReadOnlyList<ScriptedRequest> Requests
    {
        get { lock (_requests) return [.. _requests]; }
    }

    /// <summary>A reply that is whole.</summary>
    public static string Whole(string status, string body) =>
        $"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync();
                await ReplyAsync(client.GetStream());
            }
            catch (IOException)
            {
                // The client has gone.
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ReplyAsync(NetworkStream stream)
    {
        if (await ReadAsync(stream) is not { } request)
            return;
        var reply = Whole("200 OK", "{}");
        lock (_requests)
        {
            _requests.Add(request);
            if (_replies.TryDequeue(out var next))
                reply = next;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(reply));
    }

    private static async Task<ScriptedRequest?> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var whole = text.ToString();
            var end = whole.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && whole.Length >= end + 4 + LengthOf(whole[..end]))
            {
                using var body = JsonDocument.Parse(whole[(end + 4)..]);
                return new ScriptedRequest(whole.Split(' ')[1], body.RootElement.GetProperty("leaseId").GetString()!);
            }

            var count = await stream.ReadAsync(buffer);
            if (count == 0)
                return null;
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
    }

    private static int LengthOf(string head) => head.Split("\r\n")
        .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
        .Select(line => int.Parse(line["Content-Length:".Length..].Trim(), CultureInfo.InvariantCulture)).Single();
}

/// <summary>A request that came.</summary>
/// <param name="Path">Its path.</param>
/// <param name="LeaseId">The member <c>leaseId</c> of its body.</param>
internal sealed record ScriptedRequest(string Path, string LeaseId);
