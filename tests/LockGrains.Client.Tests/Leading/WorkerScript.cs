using System.Threading.Channels;
using LockGrains.Client.Tests.Fakes;

namespace LockGrains.Client.Tests.Leading;

/// <summary>What the workers of a test do: each of their runs waits for the test. Workers of several hosts may share one.</summary>
internal sealed class WorkerScript
{
    private readonly Channel<WorkerStep> _begun = Channel.CreateUnbounded<WorkerStep>();
    private readonly Lock _gate = new();
    private int _atWork;

    /// <summary>Whether a run ends as soon as it is told to. Default false: the test ends it.</summary>
    public bool Obeys { get; set; }

    /// <summary>What is called where the worker is made; null for nothing.</summary>
    public Action? OnMake { get; set; }

    /// <summary>What the worker's <c>StartAsync</c> does after its own; null for nothing.</summary>
    public Action? OnStart { get; set; }

    /// <summary>What a run does before it waits; null for nothing.</summary>
    public Action? OnRun { get; set; }

    /// <summary>What the worker's <c>StopAsync</c> does in place of its own; null for its own alone.</summary>
    public Action? OnStop { get; set; }

    /// <summary>The most that were at work at the same time.</summary>
    public int MostAtWork { get; private set; }

    /// <summary>How many are at work now.</summary>
    public int AtWork
    {
        get { lock (_gate) return _atWork; }
    }

    /// <summary>The next run that begins, or has begun.</summary>
    public Task<WorkerStep> NextAsync() => _begun.Reader.ReadAsync().AsTask().OrTimeoutAsync("a worker that runs");

    public async Task RunAsync(string worker, Leadership leadership, CancellationToken stop)
    {
        var step = new WorkerStep(worker, leadership, stop);
        lock (_gate) MostAtWork = Math.Max(MostAtWork, ++_atWork);
        _begun.Writer.TryWrite(step);
        try
        {
            OnRun?.Invoke();
            await using var registration = Obeys ? stop.Register(step.Return) : default;
            await step.Ended;
            if (Obeys)
                stop.ThrowIfCancellationRequested();
        }
        finally
        {
            lock (_gate) _atWork--;
        }
    }
}
