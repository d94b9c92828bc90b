namespace LockGrains.Core;

/// <summary>
/// Where locks are kept: gives each key its <see cref="ILockStore"/>. The conformance kit (LockGrains.Storage.Testing) says whether a
/// provider is sound. From 0.1.0 this contract changes with a major version only.
/// </summary>
public interface ILockStoreProvider
{
    /// <summary>What the storage is, for people: "Redis", "SQLite", "memory".</summary>
    string Name { get; }

    /// <summary>Whether what it has acknowledged survives the process.</summary>
    bool IsDurable { get; }

    /// <summary>Whether <see cref="ListAsync"/> works. Where it does not, idle records that a crashed silo left stay for ever.</summary>
    bool CanList { get; }

    /// <summary>
    /// Whether idle records may be deleted here: <see cref="ILockStore.CompareAndDeleteAsync"/> compares, and what is made again later never
    /// has an old ETag. True unless a storage says otherwise. It may become true some time after the start, when that was tried. While it is
    /// false, records of keys that nobody uses any more stay.
    /// </summary>
    bool CanForget => true;

    /// <summary>Gives access to one key's records. Makes no call; keys that differ in a single byte of UTF-8 never share a record.</summary>
    /// <param name="space">The key space: one name in two spaces never shares a record.</param>
    /// <param name="key">The key: 1 to 512 bytes of well-formed text.</param>
    ILockStore Open(LockSpace space, string key);

    /// <summary>
    /// Looks for what would silently weaken a promise: settings of the server or of the file, missing rights. Called when the silo starts.
    /// </summary>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>What is wrong, with setting, value and remedy; null when nothing is.</returns>
    /// <exception cref="Exception">The storage cannot be reached.</exception>
    ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the keys of a space that have a lock record. Each key whose record is there all along is listed; one may come twice, and one
    /// whose record comes or goes meanwhile may be listed or not. No order is promised.
    /// </summary>
    /// <param name="space">The key space.</param>
    /// <param name="prefix">What the keys begin with, compared byte by byte in UTF-8; empty for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="NotSupportedException">This storage cannot list (<see cref="CanList"/>).</exception>
    IAsyncEnumerable<string> ListAsync(LockSpace space, string prefix = "", CancellationToken cancellationToken = default);
}

/// <summary>A key space. Stored in names, so the numbers never change.</summary>
public enum LockSpace
{
    /// <summary>Never valid: a default-made value.</summary>
    None = 0,

    /// <summary>The locks that programs name.</summary>
    Lock = 1,

    /// <summary>
    /// Sessions, which programs hold locks under. Each is a lock of its own: whoever holds that is the session.
    /// </summary>
    Session = 2,

    /// <summary>What LockGrains keeps for itself, such as the identity of the store.</summary>
    System = 3,
}
