using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LockGrains.Chaos;

/// <summary>
/// What the locks protect: a program of its own that takes writes with a fencing token, remembers the highest of each name, and refuses
/// smaller ones. A read compares in the same way, and is not remembered: readers side by side do not refuse each other. A name is a key, or
/// a permit of a key. It writes down all that it decides, in its order.
/// Protocol: a line <c>name token owner</c>, for a read with <c> read</c> after it, answered by <c>ok</c> or <c>no HIGHEST</c>.
/// </summary>
internal sealed class ResourceServer(HistoryWriter history)
{
    public const string Ready = "resource ready";

    /// <summary>What makes a line a read.</summary>
    public const string Read = " read";

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

    /// <summary>Takes or refuses one line.</summary>
    /// <returns>The reply.</returns>
    public string Decide(string line)
    {
        var words = line.Split(' ');
        var (name, token, owner, isRead) = (words[0], long.Parse(words[1], CultureInfo.InvariantCulture), words[2], words.Length > 3);
        lock (_gate)
        {
            var highest = _highest.GetValueOrDefault(name);
            var isTaken = token >= highest;
            if (isTaken && !isRead)
                _highest[name] = token;
            history.Write(new HistoryLine
            {
                What = Happening.Decided,
                Key = name,
                Token = token,
                Detail = owner,
                IsYes = isTaken,
                Mode = isRead ? LockMode.Shared : LockMode.None,
            });
            return isTaken ? "ok" : string.Create(CultureInfo.InvariantCulture, $"no {highest}");
        }
    }
}
