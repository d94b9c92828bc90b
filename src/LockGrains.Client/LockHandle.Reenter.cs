namespace LockGrains;

/// <summary>Several handles of one hold.</summary>
public sealed partial class LockHandle
{
    private readonly WeakReference<LockHandle> _self;

    private LockHandle(LeaseKeeper keeper)
    {
        _keeper = keeper;
        _self = new WeakReference<LockHandle>(this);
    }

    internal LeaseKeeper Keeper => _keeper;

    private bool IsReleased => !_keeper.Shares.IsOpen(_self);

    /// <summary>
    /// Makes another handle of this hold, for code that has to hold the lock by itself and may be called by code that holds it already: it
    /// disposes its own handle, and the lock is released with the last. Both have the same fencing token and the same cancellation tokens. Makes
    /// no call. Thread-safe, also against a release of this handle at the same time: then it gives a handle of a lock that is held, or throws.
    /// <para>
    /// The handle is the ownership, so pass it on. No thread and no call chain owns a lock: these flow into work that goes on side by side, and
    /// outlive the block that acquired it. Dispose each handle: one that is forgotten keeps the lock until nothing refers to any handle of
    /// the hold.
    /// </para>
    /// <example><code>
    /// async Task PostAsync(LockHandle ledger, Entry entry)
    /// {
    ///     await using var mine = ledger.Reenter();
    ///     await store.WriteAsync(entry, mine.FencingToken, mine.HandleLostToken);
    /// }
    /// </code></example>
    /// </summary>
    /// <returns>The other handle.</returns>
    /// <exception cref="LockLostException">The lock was lost.</exception>
    /// <exception cref="ObjectDisposedException">This handle was released.</exception>
    public LockHandle Reenter()
    {
        if (FindLoss() is { } loss) throw loss;

        var other = new LockHandle(_keeper);
        return _keeper.Shares.TryOpen(other._self, _self) ? other : throw new ObjectDisposedException(
            nameof(LockHandle), $"This handle of the lock '{Key}' is released: call Reenter before that, or acquire the lock.");
    }

    /// <summary>The handle that an acquire gives.</summary>
    internal static LockHandle OfGrant(LeaseKeeper keeper)
    {
        var handle = new LockHandle(keeper);
        keeper.Shares.Open(handle._self);
        return handle;
    }

    /// <summary>The exception for a lock that was lost while it was held; null for any other.</summary>
    internal LockLostException? FindLoss() =>
        _keeper.IsLost && _keeper.IsOver(out var end) ? new LockLostException(Key, FencingToken, end) : null;
}
