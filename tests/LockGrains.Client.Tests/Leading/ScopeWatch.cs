namespace LockGrains.Client.Tests.Leading;

/// <summary>Something in the scope of a worker that is disposed with it, and sees whether the lock is held then.</summary>
internal sealed class ScopeWatch(ScopeLog log) : IAsyncDisposable
{
    private Leadership? _leadership;

    public void Watch(Leadership leadership) => _leadership = leadership;

    public ValueTask DisposeAsync()
    {
        log.WasHeld = _leadership?.Handle.Remaining > TimeSpan.Zero;
        return ValueTask.CompletedTask;
    }
}
