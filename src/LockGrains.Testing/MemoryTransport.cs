using LockGrains.Core;

namespace LockGrains.Testing;

/// <summary>One client's line to the locks in memory, which can be cut.</summary>
internal sealed class MemoryTransport(LockTable table, FakeClock? clock) : ILockTransport
{
    private volatile bool _isCut;

    /// <summary>Whether nothing goes through, neither calls nor replies: they are lost, as on a network that is cut.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    /// <summary>A call arrives at once or not at all.</summary>
    public TimeSpan MessageLifetimeMax => TimeSpan.Zero;

    public IRemoteLock GetLock(string key) => new MemoryLock(this, LockName.Of(key));

    public IRemoteLock GetSession(string id) => new MemoryLock(this, new LockName(LockSpace.Session, id));

    /// <summary>On a fake clock a client's first call comes to where all others are made.</summary>
    public ValueTask<bool> MayCallAsync(TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        clock?.Pump.HopAsync() ?? ValueTask.FromResult(true);

    public bool CanList => true;

    public ValueTask<LockListPage> ListAsync(LockListRequest request, CancellationToken cancellationToken) =>
        CallAsync<LockListPage>(onReply => table.List(request, onReply));

    /// <summary>Adds to the reply to a heartbeat what its session is to be told.</summary>
    public RenewReply AddWords(LockName name, RenewReply reply) => table.AddWords(name, reply);

    public ValueTask<T> CallAsync<T>(LockName key, Func<LockCoordinator, Task<T>> call) => CallAsync<T>(onReply => table.Call(key, call, onReply));

    private ValueTask<T> CallAsync<T>(Action<Action<Task<T>>> send)
    {
        // On a fake clock a client goes on where its reply is given, which is what the clock waits for.
        var reply = new TaskCompletionSource<T>(clock is null ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None);
        if (!IsCut)
        {
            send(made =>
            {
                if (!IsCut)
                    reply.TrySetFromTask(made);
            });
        }

        return new ValueTask<T>(reply.Task);
    }
}
