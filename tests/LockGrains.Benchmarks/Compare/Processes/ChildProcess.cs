using System.Diagnostics;

namespace LockGrains.Benchmarks;

/// <summary>A process that this program starts and always ends. Its lines are remembered only as far as a failure needs them.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int LinesMax = 50;

    private static readonly Lock AllGate = new();
    private static readonly List<ChildProcess> All = [];

    private readonly string _name;
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = [];
    private readonly List<(string Text, TaskCompletionSource<string> Seen)> _waits = [];
    private readonly Task _allRead;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        _allRead = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>Processor time so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? TimeSpan.Zero : _process.TotalProcessorTime;
        }
    }

    public static ChildProcess Start(string name, string program, IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("LOCKGRAINS", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(variable);
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        var child = new ChildProcess(name, Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start."));
        lock (AllGate)
            All.Add(child);
        return child;
    }

    /// <summary>Ends all that were started and are not ended yet.</summary>
    public static void KillAll()
    {
        ChildProcess[] children;
        lock (AllGate)
            children = [.. All];
        foreach (var child in children)
            child.Kill(entireProcessTree: true);
    }

    /// <summary>Completes with the next line, from now on, that contains a text.</summary>
    public async Task<string> WhenLineAsync(string text, TimeSpan patience, Action? trigger = null)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (trigger is null && _lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
                return line;
            _waits.Add((text, seen));
        }

        trigger?.Invoke();

        // One that has ended will not write it any more.
        await Task.WhenAny(seen.Task, _allRead).WaitAsync(patience, TimeProvider.System).ContinueWith(_ => { }, TaskScheduler.Default);
        return seen.Task.IsCompletedSuccessfully
            ? await seen.Task
            : throw new TimeoutException($"{_name} did not write '{text}' within {patience.TotalSeconds:0} s. It wrote: {string.Join(Environment.NewLine, Lines())}");
    }

    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    /// <param name="entireProcessTree">Its children, too. They are looked for first, which on a busy machine takes a good part of a second.</param>
    public void Kill(bool entireProcessTree = false)
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree);
        }
        catch (InvalidOperationException)
        {
            // It has ended in between, or was disposed.
        }
    }

    public void Dispose()
    {
        Kill(entireProcessTree: true);
        lock (AllGate)
            All.Remove(this);
        _process.Dispose();
    }

    private string[] Lines()
    {
        lock (_gate)
            return [.. _lines];
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                if (_lines.Count == LinesMax)
                    _lines.Dequeue();
                _lines.Enqueue(line);
                foreach (var (_, seen) in _waits.Where(wait => line.Contains(wait.Text, StringComparison.Ordinal)))
                    seen.TrySetResult(line);
                _waits.RemoveAll(wait => wait.Seen.Task.IsCompleted);
            }
        }
    }
}
