namespace LockGrains.Cluster.Tests;

/// <summary>Tells when a waiting acquire has been told its place in the queue. To be told is to have it in storage.</summary>
public sealed class PlaceWatch : IProgress<WaitProgress>
{
    private readonly TaskCompletionSource<int> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Report(WaitProgress value) => _first.TrySetResult(value.Place);

    /// <summary>The first place that was told.</summary>
    public Task<int> FirstAsync() => _first.Task.WithinPatienceAsync("place in the queue");
}
