using System.Text;

namespace LockGrains.Chaos;

/// <summary>Reads the file as it grows, and gives each line to the judge.</summary>
internal sealed class WorkReader(string path) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    private readonly FileStream _stream = new(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
    private readonly StringBuilder _rest = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    public WorkJudge Judge { get; } = new();

    /// <summary>Hears what is there by now.</summary>
    public void Read()
    {
        while (_stream.Read(_buffer) is > 0 and var count)
            _rest.Append(Encoding.ASCII.GetString(_buffer, 0, count));
        var text = _rest.ToString();
        var end = text.LastIndexOf('\n') + 1;
        foreach (var line in text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Judge.Hear(WorkEntry.Parse(line));
        _rest.Remove(0, end);
    }

    /// <summary>Waits until somebody works under a larger token.</summary>
    /// <param name="token">The token before.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<WorkSpan> WhenNextAsync(long token, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var until = Clock.Now + Clock.Nanoseconds(patience); Clock.Now < until;)
        {
            Read();
            if (Judge.Spans is [.., var last] && last.Token > token)
                return last;
            await Clock.DelayAsync(Poll, cancellationToken);
        }

        throw new ChaosException($"nobody leads {patience.TotalSeconds:0} s after the end of token {token}");
    }

    public void Dispose() => _stream.Dispose();
}
