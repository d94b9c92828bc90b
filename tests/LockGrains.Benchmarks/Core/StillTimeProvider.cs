namespace LockGrains.Benchmarks;

/// <summary>Time that stands still: no lease ends, no timer fires.</summary>
internal sealed class StillTimeProvider : TimeProvider
{
    private StillTimeProvider()
    {
    }

    public static StillTimeProvider Instance { get; } = new();

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(LockStates.Now.UnixMilliseconds);

    public override long GetTimestamp() => 0;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
