using System.Globalization;

namespace LockGrains.Chaos;

/// <summary>Two hosts with the same elected service, and the file that they append to.</summary>
internal sealed class ElectedPair(string folder, Func<string, string, IEnumerable<string>, Task<Child>> start, IReadOnlyList<string> arguments) : IDisposable
{
    private readonly string _path = Path.Combine(folder, "work");
    private readonly Dictionary<string, Child> _hosts = new(StringComparer.Ordinal);
    private WorkReader? _reader;
    private int _starts;

    public WorkReader Reader => _reader ??= new WorkReader(_path);

    public WorkJudge Judge => Reader.Judge;

    /// <summary>The leadership that works now, or did last; null when none has yet.</summary>
    public WorkSpan? Leader
    {
        get
        {
            Reader.Read();
            return Judge.Spans is [.., var last] ? last : null;
        }
    }

    public Child HostOf(WorkSpan leader) => _hosts[leader.Name];

    /// <summary>Starts one more host, with a name of its own.</summary>
    public async Task StartOneAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"host-{++_starts}");
        _hosts[name] = await start(name, ElectedHost.Verb, [.. arguments, "--file", _path]);
    }

    public void Dispose()
    {
        foreach (var host in _hosts.Values)
            host.Dispose();
        _reader?.Dispose();
    }
}
