namespace LockGrains.Client.Tests.Leading;

/// <summary>One run of a scripted worker, which the test ends.</summary>
/// <param name="worker">The name of its type.</param>
/// <param name="leadership">The leadership that it runs under.</param>
/// <param name="stop">The token that it was given.</param>
internal sealed class WorkerStep(string worker, Leadership leadership, CancellationToken stop)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Worker => worker;

    public Leadership Leadership => leadership;

    public long FencingToken { get; } = leadership.FencingToken;

    public CancellationToken Stop => stop;

    public Task Ended => _end.Task;

    public void Return() => _end.TrySetResult();

    public void Throw(Exception exception) => _end.TrySetException(exception);
}
