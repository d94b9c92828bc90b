using System.Diagnostics;

namespace LockGrains.Chaos;

/// <summary>A process of the run. Its lines go to whoever listens; the last of them are remembered for a failure.</summary>
internal sealed class Child : IDisposable
{
    private const int LinesMax = 40;
    private const int LengthMax = 300;

    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = [];
    private readonly Action<string>? _onLine;
    private readonly List<(string Text, TaskCompletionSource<string> Seen)> _waits = [];

    private Child(string name, Process process, Action<string>? onLine)
    {
        Name = name;
        _process = process;
        _onLine = onLine;
        Id = process.Id;
        var read = Task.WhenAll(ReadAsync(process.StandardOutput, isError: false), ReadAsync(process.StandardError, isError: true));
        Ended = EndAsync(read);
    }

    public string Name { get; }

    public int Id { get; }

    /// <summary>Completes once it has ended and all its lines are read.</summary>
    public Task Ended { get; }

    public bool IsRunning => !_process.HasExited;

    public int ExitCode => _process.HasExited ? _process.ExitCode : -1;

    public TimeSpan ProcessorTime
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.TotalProcessorTime;
            }
            catch (InvalidOperationException)
            {
                return TimeSpan.Zero;
            }
        }
    }

    public static Child Start(string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null, Action<string>? onLine = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("LOCKGRAINS", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(variable);
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        return new Child(name, Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start."), onLine);
    }

    public async Task<string> WhenLineAsync(string text, TimeSpan patience, CancellationToken cancellationToken)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
                return line;
            _waits.Add((text, seen));
        }

        await Task.WhenAny(seen.Task, Ended, Task.Delay(patience, TimeProvider.System, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return seen.Task.IsCompletedSuccessfully
            ? await seen.Task
            : throw new ChaosException($"{Name} did not say '{text}' within {patience.TotalSeconds:0} s. {Describe()}");
    }

    public async Task WhenEndedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await Task.WhenAny(Ended, Task.Delay(patience, TimeProvider.System, cancellationToken));
        if (IsRunning)
            throw new ChaosException($"{Name} did not end within {patience.TotalSeconds:0} s. {Describe()}");
    }

    public void WriteLine(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended in between.
        }
    }

    public void CloseInput() => _process.StandardInput.Close();

    public void Signal(int signal)
    {
        if (IsRunning)
            _ = Posix.Kill(Id, signal);
    }

    public string Describe()
    {
        lock (_gate)
            return $"{(IsRunning ? "It runs." : $"It ended with {ExitCode}.")} Its last lines:{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}";
    }

    public void Dispose()
    {
        // A stopped process dies of SIGKILL too.
        Signal(Posix.SigKill);
        _ = Ended.ContinueWith(_ => _process.Dispose(), TaskScheduler.Default);
    }

    private async Task EndAsync(Task read)
    {
        await _process.WaitForExitAsync();
        await read;
    }

    private async Task ReadAsync(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (!isError && _onLine is not null && line.StartsWith('{'))
            {
                _onLine(line);
                continue;
            }

            lock (_gate)
            {
                if (_lines.Count == LinesMax)
                    _lines.Dequeue();
                _lines.Enqueue(line.Length > LengthMax ? line[..LengthMax] : line);
                foreach (var (_, seen) in _waits.Where(wait => line.Contains(wait.Text, StringComparison.Ordinal)))
                    seen.TrySetResult(line);
                _waits.RemoveAll(wait => wait.Seen.Task.IsCompleted);
            }
        }
    }
}
