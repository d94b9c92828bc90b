namespace LockGrains.Client.Tests.Fakes;

/// <summary>The places that a wait is told.</summary>
internal sealed class Places : IProgress<WaitProgress>
{
    private readonly Lock _gate = new();
    private readonly List<(int Place, int Length)> _told = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waits = [];

    public Action<int>? OnTold { get; init; }

    public IReadOnlyList<(int Place, int Length)> Told
    {
        get { lock (_gate) return [.. _told]; }
    }

    public Task WhenToldAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_told.Count >= count)
                return Task.CompletedTask;

            _waits.Add((count, reached));
        }

        return reached.Task.OrTimeoutAsync($"place {count}");
    }

    public void Report(WaitProgress value)
    {
        int count;
        lock (_gate)
        {
            _told.Add((value.Place, value.QueueLength));
            count = _told.Count;
            foreach (var (at, reached) in _waits)
                if (at == count)
                    reached.TrySetResult();
        }

        OnTold?.Invoke(count);
    }
}
