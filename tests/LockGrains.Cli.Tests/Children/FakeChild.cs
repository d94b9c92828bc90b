using LockGrains.Cli.Children;

namespace LockGrains.Cli.Tests.Children;

/// <summary>A child that does what a test says and notes what it is sent.</summary>
internal sealed class FakeChild : IChild
{
    public TaskCompletionSource<int> ExitedSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource EndedSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource TerminatedSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource KilledSource { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<int> Signals { get; } = [];

    public Task<int> Exited => ExitedSource.Task;

    public Task Ended => EndedSource.Task;

    public void Signal(int signal) => Signals.Add(signal);

    public void Terminate() => TerminatedSource.TrySetResult();

    public void Kill() => KilledSource.TrySetResult();

    public void End(int exitCode)
    {
        ExitedSource.TrySetResult(exitCode);
        EndedSource.TrySetResult();
    }
}
