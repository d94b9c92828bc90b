namespace LockGrains.Chaos;

/// <summary>A rule in force: it remembers how many it took, and tells when it is replaced.</summary>
internal sealed class RespProxyRuling(RespProxyRule rule, int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    public RespProxyRule Rule { get; } = rule;

    public Task Replaced => _replaced.Task;

    public bool StopsRequests => Rule.Mode == RespProxyMode.Blackhole;

    public bool StopsReplies => Rule.Mode is RespProxyMode.Blackhole or RespProxyMode.BlackholeReplies;

    public void Replace() => _replaced.TrySetResult();

    /// <summary>What is to be done with a request.</summary>
    public RespProxyMode Decide(RespRequest request)
    {
        if (Rule.Mode == RespProxyMode.Pass || Rule.IsOfConnections || !Rule.Fits(request))
            return RespProxyMode.Pass;
        lock (_gate)
        {
            if (_taken >= Rule.Limit || (Rule.Probability < 1 && _random.NextDouble() >= Rule.Probability))
                return RespProxyMode.Pass;
            _taken++;
            return Rule.Mode;
        }
    }
}
