namespace LockGrains.Cluster.Tests;

/// <summary>The ways to have a mutex: whoever uses one of them must not notice which.</summary>
public enum MutexKind
{
    /// <summary>Exclusive holds of a key that never had others.</summary>
    Exclusive,

    /// <summary>Exclusive holds of a key that has just had readers: the writers of a reader-writer lock.</summary>
    ExclusiveAfterReaders,

    /// <summary>One permit of one: a semaphore with a limit of 1.</summary>
    LimitOfOne,
}

/// <summary>What a <see cref="MutexKind"/> means to a test.</summary>
internal static class MutexKindExtensions
{
    public static Attempt NewAttempt(this MutexKind kind, ILockGrain grain, string ownerId, bool mayBeUnknown) => kind == MutexKind.LimitOfOne
        ? new Attempt(grain, ownerId, mayBeUnknown) { Mode = LockMode.Shared, Limit = 1 }
        : new Attempt(grain, ownerId, mayBeUnknown);

    /// <summary>Gives a key the past that it is to have.</summary>
    public static async Task PrepareAsync(this MutexKind kind, ILockGrain grain, bool mayBeUnknown)
    {
        if (kind != MutexKind.ExclusiveAfterReaders)
            return;
        Attempt[] readers =
        [
            new(grain, "reader", mayBeUnknown) { Mode = LockMode.Shared },
            new(grain, "upgradeable reader", mayBeUnknown) { Mode = LockMode.Upgradeable },
            new(grain, "permits", mayBeUnknown) { Mode = LockMode.Shared, Permits = 2, Limit = 5 },
        ];
        foreach (var reader in readers)
            await reader.TakeAsync();
        foreach (var reader in readers)
            await reader.ReleaseAsync();
    }
}
