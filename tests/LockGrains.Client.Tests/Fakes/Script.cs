using System.Globalization;

namespace LockGrains.Client.Tests.Fakes;

/// <summary>
/// What one method of a fake grain answers, call by call. Records the calls; without a line left it answers the same for ever, or
/// hangs.
/// </summary>
internal sealed class Script<TRequest, TReply>(string name, TReply? otherwise = null)
    where TReply : class
{
    private readonly Lock _gate = new();
    private readonly Queue<Func<TRequest, ValueTask<TReply>>> _lines = new();
    private readonly List<TRequest> _calls = [];
    private readonly List<(int Count, TaskCompletionSource<TRequest> Reached)> _waits = [];

    public IReadOnlyList<TRequest> Calls
    {
        get { lock (_gate) return [.. _calls]; }
    }

    /// <summary>What it answers when no line is left; null to hang.</summary>
    public TReply? Otherwise { get; set; } = otherwise;

    public Script<TRequest, TReply> Reply(params TReply[] replies)
    {
        foreach (var reply in replies)
            Add(_ => ValueTask.FromResult(reply));
        return this;
    }

    public Script<TRequest, TReply> Throw(params Exception[] exceptions)
    {
        foreach (var exception in exceptions)
            Add(_ => ValueTask.FromException<TReply>(exception));
        return this;
    }

    public Script<TRequest, TReply> ThrowAtOnce(Exception exception)
    {
        Add(_ => throw exception);
        return this;
    }

    /// <summary>A call that is answered when the test says so.</summary>
    public TaskCompletionSource<TReply> Hang()
    {
        var gate = new TaskCompletionSource<TReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(_ => new ValueTask<TReply>(gate.Task));
        return gate;
    }

    public void Add(Func<TRequest, ValueTask<TReply>> line)
    {
        lock (_gate) _lines.Enqueue(line);
    }

    /// <summary>Completes with the n-th call once it was made.</summary>
    public Task<TRequest> WhenCalledAsync(int count = 1)
    {
        var reached = new TaskCompletionSource<TRequest>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_calls.Count >= count)
                return Task.FromResult(_calls[count - 1]);

            _waits.Add((count, reached));
        }

        return reached.Task.OrTimeoutAsync(string.Create(CultureInfo.InvariantCulture, $"call {count} of {name}"));
    }

    public ValueTask<TReply> CallAsync(TRequest request)
    {
        Func<TRequest, ValueTask<TReply>>? line;
        lock (_gate)
        {
            _calls.Add(request);
            foreach (var (count, reached) in _waits)
                if (count == _calls.Count)
                    reached.TrySetResult(request);
            _lines.TryDequeue(out line);
        }

        if (line is not null)
            return line(request);

        if (Otherwise is { } reply)
            return ValueTask.FromResult(reply);

        var never = new TaskCompletionSource<TReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new ValueTask<TReply>(never.Task);
    }
}
