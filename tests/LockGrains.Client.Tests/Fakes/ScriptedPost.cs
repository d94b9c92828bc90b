namespace LockGrains.Client.Tests.Fakes;

/// <summary>A post whose heartbeats leave when the test says so, and are answered as it writes.</summary>
internal sealed class ScriptedPost : IRenewalPost
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _later = new();

    public Script<Heartbeat, HeartbeatReply> Beat { get; } = new("heartbeat");

    public void Later(Action action)
    {
        lock (_gate) _later.Enqueue(action);
    }

    public ValueTask<HeartbeatReply> SendAsync(Heartbeat heartbeat) => Beat.CallAsync(heartbeat);

    /// <summary>Lets what was put off happen.</summary>
    /// <returns>How much there was.</returns>
    public int Run()
    {
        Action[] actions;
        lock (_gate)
        {
            actions = [.. _later];
            _later.Clear();
        }

        foreach (var action in actions)
            action();
        return actions.Length;
    }
}
