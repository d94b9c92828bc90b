namespace LockGrains.Benchmarks;

/// <summary>A lock as a load sees it: ours or one on raw Redis.</summary>
internal interface ILockSubject
{
    /// <summary>What it is called in tables.</summary>
    string Name { get; }

    /// <summary>Takes the lock, however long that takes.</summary>
    ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken);

    /// <summary>Lets it go, and returns when that is confirmed.</summary>
    ValueTask ReleaseAsync(Hold hold);

    /// <summary>How many wait for a key; null when the lock itself knows of no queue.</summary>
    ValueTask<int?> CountWaitingAsync(string key);
}

/// <summary>A lock that is held.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Proof">What releases it.</param>
internal readonly record struct Hold(string Key, object Proof)
{
    /// <summary>Its fencing token: the lock's own order of grants. 0 where the lock has none.</summary>
    public long Token { get; init; }
}
