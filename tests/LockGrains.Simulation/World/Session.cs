using LockGrains.Core;

namespace LockGrains.Simulation;

/// <summary>A client's session: a hold of a key of its own. What is held under it is lost with it, in the same moment.</summary>
internal sealed class Session(Client client, Attempt attempt, FencingToken token, HoldProtocol protocol)
{
    private readonly List<Hold> _held = [];
    private readonly TaskCompletionSource _over = new();

    public SessionRef Ref { get; } = new(SessionLink.IdOf(attempt.Key), token);

    /// <summary>The request that it is.</summary>
    public Guid Lease { get; } = attempt.Lease;

    public HoldProtocol Protocol => protocol;

    public bool IsAlive => !_over.Task.IsCompleted && protocol.GetRemaining(client.Now) > TimeSpan.Zero;

    /// <summary>Completed when it is over, as its client knows.</summary>
    public Task Over => _over.Task;

    public void Add(Hold hold) => _held.Add(hold);

    /// <summary>It is good for longer, and so is what is held under it.</summary>
    public void OnRenewed()
    {
        foreach (var hold in _held)
            hold.OnSessionRenewed();
    }

    /// <summary>It is lost, or about to be ended.</summary>
    public void OnOver()
    {
        _over.TrySetResult();
        foreach (var hold in _held.ToArray())
            hold.OnSessionOver();
        _held.Clear();
    }
}
