using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Chaos;

/// <summary>
/// What the locks protect: a program of its own that takes writes with a fencing token, remembers the highest of each key, and refuses
/// smaller ones. It writes down all that it decides, in its order.
/// Protocol: a line <c>key token owner</c>, answered by <c>ok</c> or <c>no HIGHEST</c>.
/// </summary>
internal sealed class ResourceServer(HistoryWriter history)
{
    public const string Ready = "resource ready";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);

    public static async Task<int> RunAsync(IPEndPoint endPoint)
    {
        var history = HistoryWriter.OnConsole();
        using var ending = StandardInput.WhenClosed();
        using var listener = new TcpListener(endPoint);
        listener.Start(backlog: 1024);
        Console.WriteLine(Ready);
        var server = new ResourceServer(history);
        _ = history.BeatAsync(ending.Token);
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(ending.Token);
                _ = server.ServeAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                using var reader = new StreamReader(client.GetStream());
                await using var writer = new StreamWriter(client.GetStream()) { NewLine = "\n", AutoFlush = true };
                while (await reader.ReadLineAsync() is { } line)
                    await writer.WriteLineAsync(Decide(line));
            }
            catch (IOException)
            {
                // The client is gone; what it wrote is decided.
            }
        }
    }

    private string Decide(string line)
    {
        var words = line.Split(' ');
        var (key, token, owner) = (words[0], long.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
        lock (_gate)
        {
            var highest = _highest.GetValueOrDefault(key);
            var isTaken = token >= highest;
            if (isTaken)
                _highest[key] = token;
            history.Write(new HistoryLine { What = Happening.Decided, Key = key, Token = token, Detail = owner, IsYes = isTaken });
            return isTaken ? "ok" : string.Create(CultureInfo.InvariantCulture, $"no {highest}");
        }
    }
}
