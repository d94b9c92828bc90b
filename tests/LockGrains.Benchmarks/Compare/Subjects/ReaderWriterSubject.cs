namespace LockGrains.Benchmarks;

/// <summary>A reader-writer lock as a load sees it.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Readers">The lock for those who read.</param>
/// <param name="Writers">The same for those who write.</param>
internal sealed record ReaderWriterSubject(string Name, ILockSubject Readers, ILockSubject Writers)
{
    /// <summary>LockGrains as applications use it.</summary>
    /// <param name="name">What it is called in tables.</param>
    /// <param name="locks">The client.</param>
    /// <param name="renews">Whether the holds are renewed.</param>
    public static ReaderWriterSubject Of(string name, ILockClient locks, bool renews = true) => new(
        name,
        new ClientSubject(name, locks, new AcquireOptions { Mode = LockMode.Shared, Renew = renews }),
        new ClientSubject(name, locks, new AcquireOptions { Renew = renews }));
}
