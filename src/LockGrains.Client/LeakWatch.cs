namespace LockGrains;

/// <summary>
/// Tells whether a handle is still referred to. Only the garbage collector knows, and in an idle process it may not run for days: so where
/// no full collection has come by itself, one is asked for, in the background. A handle is looked for when it is <see cref="FirstLook"/>
/// old, then each time its age has doubled, at least once an <see cref="LookMax"/>; and there is at most one such collection in <see
/// cref="Pause"/>, however many handles there are. Locks that are held for less cost nothing.
/// </summary>
internal sealed class LeakWatch(Func<int> countFullCollections, Action collect)
{
    public static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(2);
    public static readonly TimeSpan LookMax = TimeSpan.FromHours(1);
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private TimeSpan? _collectedAt;

    public LeakWatch()
        : this(
            static () => GC.CollectionCount(GC.MaxGeneration),
            static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false))
    {
    }

    /// <summary>Begins to look for a handle that was just made.</summary>
    /// <param name="now">The client's time.</param>
    public Look Begin(TimeSpan now) => new(now, now + FirstLook, countFullCollections());

    /// <summary>Whether the program still refers to a handle of a hold, as far as the last collection could tell.</summary>
    /// <param name="handles">The handles that are not released.</param>
    /// <param name="look">What is known of it; changes here.</param>
    /// <param name="now">The client's time.</param>
    public bool IsReferredTo(HoldShares handles, ref Look look, TimeSpan now)
    {
        // Not before: a reference on this thread's stack would keep the handle through the collection.
        if (now >= look.DueAt && TryCollect(look, now))
        {
            var age = now - look.BeganAt;
            look = look with { DueAt = now + (age < LookMax ? age : LookMax), Collections = countFullCollections() };
        }

        return handles.AreReferredTo();
    }

    /// <summary>Sees to it that a full collection has come since the last look; false when it has to wait for its turn.</summary>
    private bool TryCollect(Look look, TimeSpan now)
    {
        if (countFullCollections() != look.Collections)
            return true;

        lock (_gate)
        {
            if (now - _collectedAt < Pause)
                return false;

            _collectedAt = now;
        }

        collect();
        return true;
    }

    /// <summary>When a handle was made, when it is looked for next, and how many full collections there had been at the last look.</summary>
    internal readonly record struct Look(TimeSpan BeganAt, TimeSpan DueAt, int Collections);
}
