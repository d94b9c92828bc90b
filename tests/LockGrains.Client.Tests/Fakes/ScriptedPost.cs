namespace LockGrains.Client.Tests.Fakes;

/// <summary>A post whose batches leave when the test says so, and are answered as it writes.</summary>
internal sealed class ScriptedPost : IRenewalPost
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _later = new();

    public Script<RenewalBatch, RenewalBatchReply> Batch { get; } = new("renewal batch");

    public void Later(Action action)
    {
        lock (_gate) _later.Enqueue(action);
    }

    public ValueTask<RenewalBatchReply> SendAsync(RenewalBatch batch) => Batch.CallAsync(batch);

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

        foreach (var action in actions) action();
        return actions.Length;
    }
}
