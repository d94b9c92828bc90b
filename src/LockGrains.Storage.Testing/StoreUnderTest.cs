using LockGrains.Core;

namespace LockGrains.Storage.Testing;

/// <summary>A storage that the kit tries out. It may hold other data; the kit uses keys of its own and leaves its records behind.</summary>
public sealed class StoreUnderTest
{
    /// <summary>
    /// Opens the storage with connections that share nothing with those opened before, as another silo would. Where only one process may
    /// have the storage open, the same provider again. Called after <see cref="CrashAsync"/> and after a copy was put back, too: then
    /// it must reach what is there now.
    /// </summary>
    public required Func<CancellationToken, ValueTask<ILockStoreProvider>> ConnectAsync { get; init; }

    /// <summary>Closes what <see cref="ConnectAsync"/> opened. Default null: nothing is closed.</summary>
    public Func<ILockStoreProvider, ValueTask>? CloseAsync { get; init; }

    /// <summary>
    /// Ends the storage as a crash would, in the middle of what it does, and starts it again. Default null: the case is skipped.
    /// </summary>
    public Func<CancellationToken, Task>? CrashAsync { get; init; }

    /// <summary>
    /// Copies the data and returns what puts the copy back in its place, as from a backup. Default null: the case is skipped.
    /// </summary>
    public Func<CancellationToken, Task<Func<CancellationToken, Task>>>? CopyAsync { get; init; }

    /// <summary>
    /// Makes a record as old as one that was written two thousand million times: sets the counters that the storage keeps of it (in its ETag,
    /// say) just below where 32 bits end. Given are the key space and the key; the record is <see cref="RecordName.Lock"/>. Default
    /// null: the case is skipped. A storage that counts nothing needs none: let it do nothing.
    /// </summary>
    public Func<LockSpace, string, CancellationToken, Task>? AgeAsync { get; init; }
}
