using System.Runtime.CompilerServices;

namespace LockGrains;

/// <summary>
/// The handles of one hold that are not released: the one that the acquire gave, and those that <see cref="LockHandle.Reenter"/> made. The hold
/// ends with the last. It knows them weakly, because one that nothing refers to can never be released.
/// </summary>
internal sealed class HoldShares
{
    private readonly Lock _gate = new();
    private readonly List<WeakReference<LockHandle>> _open = new(capacity: 1);
    private WeakReference<LockHandle>? _last;

    /// <summary>How a release of one handle stands to the hold.</summary>
    public enum End
    {
        /// <summary>It was the last, now or before: the hold ends with it.</summary>
        OfHold,

        /// <summary>Others are left.</summary>
        OfShare,

        /// <summary>It was released before, when others were left.</summary>
        Again,
    }

    /// <summary>Adds the handle that the acquire gives.</summary>
    public void Open(WeakReference<LockHandle> first)
    {
        lock (_gate) _open.Add(first);
    }

    /// <summary>Adds another one; false when the one that it was made of is released.</summary>
    public bool TryOpen(WeakReference<LockHandle> other, WeakReference<LockHandle> of)
    {
        lock (_gate)
        {
            if (!_open.Contains(of))
                return false;

            _open.Add(other);
            return true;
        }
    }

    /// <summary>Adds another one; false when all are released.</summary>
    public bool TryOpen(WeakReference<LockHandle> other)
    {
        lock (_gate)
        {
            if (_open.Count == 0)
                return false;

            _open.Add(other);
            return true;
        }
    }

    /// <summary>How many are not released.</summary>
    public int Count
    {
        get { lock (_gate) return _open.Count; }
    }

    public bool IsOpen(WeakReference<LockHandle> handle)
    {
        lock (_gate) return _open.Contains(handle);
    }

    /// <summary>Releases one handle, once however often this is called.</summary>
    public End Close(WeakReference<LockHandle> handle)
    {
        lock (_gate)
        {
            if (ReferenceEquals(_last, handle))
                return End.OfHold;

            // From the end: what was entered last is mostly left first.
            var index = _open.LastIndexOf(handle);
            if (index < 0)
                return End.Again;

            _open.RemoveAt(index);
            if (_open.Count > 0)
                return End.OfShare;

            _last = handle;
            return End.OfHold;
        }
    }

    /// <summary>
    /// Whether the program still refers to one of them. Where none is left the last was released a moment ago, and whoever did that is about to
    /// end the hold.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool AreReferredTo()
    {
        lock (_gate) return _open.Count == 0 || _open.Exists(static handle => handle.TryGetTarget(out _));
    }
}
