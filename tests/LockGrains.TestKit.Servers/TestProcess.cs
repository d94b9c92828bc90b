using System.Diagnostics;

namespace LockGrains.TestKit.Servers;

/// <summary>
/// A process of a test: its lines are events, its end is an event, and it does not outlive the test, however that ends.
/// </summary>
public sealed class TestProcess : IDisposable
{
    /// <summary>What a program needs when nothing is wrong, many times over. Only a guard: it fails a test that would hang.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(90);

    private readonly string _name;
    private readonly Process _process;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<string> _out = [];
    private readonly List<string> _error = [];
    private readonly List<(Func<string, bool> Matches, TaskCompletionSource<string> Seen)> _waits = [];
    private readonly Task _allRead;

    private TestProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        _allRead = Task.WhenAll(ReadAsync(process.StandardOutput, _out), ReadAsync(process.StandardError, _error));
    }

    public int Id => _process.Id;

    /// <summary>The lines of standard output so far; all of them once the process has ended.</summary>
    public List<string> Out => Copy(_out);

    /// <summary>The lines of standard error so far; all of them once the process has ended.</summary>
    public List<string> Error => Copy(_error);

    /// <summary>Starts a program.</summary>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="program">The program.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="environment">Variables beside those of this process; one without a value is taken away.</param>
    public static TestProcess Start(
        string name, string program, IEnumerable<string> args, params (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in start.Environment.Keys.Where(key => key.StartsWith("LOCKGRAINS", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(variable);
        }

        foreach (var (variable, value) in environment)
            start.Environment[variable] = value;
        return new TestProcess(name, Process.Start(start)!);
    }

    /// <summary>Completes with the first line, past or future, of either stream that contains a text.</summary>
    public Task<string> WhenLineAsync(string text, TimeSpan? guard = null) =>
        WhenLineAsync(line => line.Contains(text, StringComparison.Ordinal), text, guard);

    /// <summary>Completes with the first line, past or future, of either stream that meets a condition.</summary>
    /// <param name="matches">The condition.</param>
    /// <param name="what">What to call it in a message.</param>
    /// <param name="guard">How long to wait.</param>
    public async Task<string> WhenLineAsync(Func<string, bool> matches, string what, TimeSpan? guard = null)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.Find(line => matches(line)) is { } line)
            {
                return line;
            }

            _waits.Add((matches, seen));
        }

        // A process that has ended will not say it any more.
        await Task.WhenAny(seen.Task, _allRead).WaitAsync(guard ?? Guard).ContinueWith(_ => { }, TaskScheduler.Default);
        return seen.Task.IsCompletedSuccessfully ? await seen.Task : throw new TimeoutException($"{_name} never wrote '{what}'. {Describe()}");
    }

    /// <summary>Completes with the exit code, once all output has been read.</summary>
    public async Task<int> WhenExitedAsync(TimeSpan? guard = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(guard ?? Guard);
            await _allRead.WaitAsync(Guard);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_name} never ended. {Describe()}");
        }
    }

    /// <summary>Ends with a failure that shows what the process wrote, unless it exits with this code.</summary>
    public async Task ExpectExitAsync(int exitCode, TimeSpan? guard = null)
    {
        var actual = await WhenExitedAsync(guard);
        if (actual != exitCode)
            throw new InvalidOperationException($"{_name} exited with {actual}, not {exitCode}. {Describe()}");
    }

    /// <summary>Writes to standard input and closes it.</summary>
    public async Task WriteInputAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        _process.StandardInput.Close();
    }

    /// <summary>Writes a line to standard input, which stays open.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public void Signal(int signal) => Signals.Send(Id, signal);

    /// <summary>Everything it wrote, for a failure message.</summary>
    public string Describe()
    {
        lock (_gate)
        {
            return $"It wrote:{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}";
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    // More may come while a test looks at what there is.
    private List<string> Copy(List<string> lines)
    {
        lock (_gate)
            return [.. lines];
    }

    private async Task ReadAsync(StreamReader reader, List<string> own)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                own.Add(line);
                _lines.Add(line);
                foreach (var (matches, seen) in _waits)
                {
                    if (matches(line))
                    {
                        seen.TrySetResult(line);
                    }
                }
            }
        }
    }
}
