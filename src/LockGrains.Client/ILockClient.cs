namespace LockGrains;

/// <summary>
/// Acquires locks of the cluster. One per process is enough; it is thread-safe, and works the same outside the cluster, in a silo
/// and in a grain.
/// <example><code>
/// await using var handle = await locks.AcquireAsync("orders/42", wait: TimeSpan.FromSeconds(10));
/// await store.SaveAsync(order, handle.FencingToken, handle.HandleLostToken);
/// </code></example>
/// Locks are not reentrant: a second acquire of a key waits for the first to be released, whoever asks. Code that is called under a lock takes
/// its handle, and <see cref="LockHandle.Reenter"/>. Under a <see cref="LockSession"/> it would wait for itself, and throws.
/// </summary>
public interface ILockClient : IAsyncDisposable, IDisposable
{
    /// <summary>
    /// Acquires the lock of a key, in the order of arrival. While the cluster is in trouble it tries again, and keeps its place
    /// in the queue. A call that ends in any other way than by returning leaves nothing behind: what it asked for is cancelled,
    /// in the background if the cluster is away just then.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>, and <see cref="LockKey.FromName"/> for any other text.</param>
    /// <param name="wait">
    /// How long to wait: null (the default) or <see cref="Timeout.InfiniteTimeSpan"/> for ever, 0 for one attempt; at most 365
    /// days. A hung cluster can make a call last longer, but by no more than <see cref="AcquireOptions.AttemptTimeout"/>.
    /// </param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">
    /// Gives up waiting; the place in the queue is given up too. Has no effect on a lock once acquired.
    /// </param>
    /// <returns>The handle of the lock, which renews it until it is disposed.</returns>
    /// <exception cref="ArgumentException">
    /// The key, or what the silo said about the request. Thrown by the call itself, before any message is sent, but for the
    /// silo's.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The wait or an option; names the value and the range. Thrown by the call itself.
    /// </exception>
    /// <exception cref="LockTimeoutException">The wait ended before the lock came.</exception>
    /// <exception cref="LockQueueFullException">The queue of this key is at its limit.</exception>
    /// <exception cref="LockUnavailableException">
    /// No answer for <see cref="LockClientOptions.UnavailableTimeout"/>, or the wait ended in trouble.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled; when it was before the call, the task is returned cancelled. Or the host stops: then waits end, and no acquire
    /// begins any more.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    ValueTask<LockHandle> AcquireAsync(
        string key, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires the lock of a key if it can be had within a time. As <see cref="AcquireAsync"/>, but contention is not an
    /// exception.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="wait">
    /// How long to wait: 0 (the default) for one attempt, which never overtakes those who wait. The answer comes at the latest <see
    /// cref="AcquireOptions.AttemptTimeout"/> after it, whatever the cluster does.
    /// </param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The handle of the lock, or null when it was not acquired.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AcquireAsync"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">As for <see cref="AcquireAsync"/>.</exception>
    /// <exception cref="LockQueueFullException">The queue of this key is at its limit.</exception>
    /// <exception cref="LockUnavailableException">
    /// As for <see cref="AcquireAsync"/>: nobody can say whether the lock was acquired.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    ValueTask<LockHandle?> TryAcquireAsync(
        string key, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires several locks, all or none: one after another, in the ordinal order of their keys, whatever the order here. So two callers
    /// that want the same keys never wait for each other. A call that ends in any other way than by returning leaves nothing behind, as
    /// <see cref="AcquireAsync"/>.
    /// <para>
    /// It takes a round trip for each key, and holds the first ones, renewed, while it waits for a later one. A lock that is lost meanwhile
    /// is acquired again within the same wait, in order: what comes after it is given back first. So no group begins with a lost lock.
    /// Only those are safe from each other who acquire all they need by one call, or in the same order. Who holds a lock and
    /// acquires more may wait for ever for somebody who waits for it.
    /// </para>
    /// </summary>
    /// <param name="targets">
    /// The locks: 1 to <see cref="LockGroup.KeysMax"/>, each key once. They are copied. A text is one: <c>["accounts/1", "accounts/2"]</c>.
    /// </param>
    /// <param name="wait">
    /// How long to wait for all of them together, as for <see cref="AcquireAsync"/>. What is not acquired by then is tried once more, all at
    /// once; so 0 tries all at once.
    /// </param>
    /// <param name="options">
    /// As for <see cref="AcquireAsync"/>, the same for each lock. <see cref="AcquireOptions.HoldFor"/> and <see cref="AcquireOptions.MaxHold"/>
    /// count for each from its own grant.
    /// </param>
    /// <param name="cancellationToken">Gives up: nothing is held and no place kept. Has no effect on a group once acquired.</param>
    /// <returns>The group, which renews its locks until it is disposed.</returns>
    /// <exception cref="ArgumentException">
    /// There is no key, too many, one of them twice, or one that is no key; or what the silo said. Thrown by the call itself, but for the silo's.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">As for <see cref="AcquireAsync"/>.</exception>
    /// <exception cref="LockTimeoutException">The wait ended before a lock came; names it.</exception>
    /// <exception cref="LockQueueFullException">The queue of one key is at its limit; names it.</exception>
    /// <exception cref="LockUnavailableException">As for <see cref="AcquireAsync"/>; names the key.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    ValueTask<LockGroup> AcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires several locks if all of them can be had within a time. As <see cref="AcquireAllAsync"/>, but contention is not an exception.
    /// </summary>
    /// <param name="targets">The locks, as for <see cref="AcquireAllAsync"/>.</param>
    /// <param name="wait">
    /// How long to wait for all of them together: 0 (the default) tries all at once. Two such tries of the same keys may both fail, since each
    /// may get some. The answer comes at the latest <see cref="AcquireOptions.AttemptTimeout"/> after it.
    /// </param>
    /// <param name="options">As for <see cref="AcquireAllAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The group, or null when a lock was not acquired; then none is held.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AcquireAllAsync"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">As for <see cref="AcquireAllAsync"/>.</exception>
    /// <exception cref="LockQueueFullException">The queue of one key is at its limit; names it.</exception>
    /// <exception cref="LockUnavailableException">As for <see cref="AcquireAllAsync"/>: nobody can say whether a lock was acquired.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    ValueTask<LockGroup?> TryAcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens a session: one heartbeat for all that is acquired through it, and its end frees all. For a program that holds many locks, or locks that
    /// are to end together.
    /// </summary>
    /// <param name="options">What it is opened with; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up. Has no effect on a session once opened.</param>
    /// <returns>The session, which is renewed until it is disposed.</returns>
    /// <exception cref="ArgumentException">The label or the metadata are too long or ill-formed. Thrown by the call itself, but for what the silo says.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time is out of its range; names the option and the range. Thrown by the call itself.</exception>
    /// <exception cref="LockUnavailableException">No usable reply for <see cref="LockClientOptions.UnavailableTimeout"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    ValueTask<LockSession> OpenSessionAsync(LockSessionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Tells whether a session lives (<see cref="LockInfo.Holder"/>), and what it says of itself (<see cref="LockInfo.Value"/>). For people.</summary>
    /// <param name="id">The session's id (<see cref="LockSession.Id"/>, <see cref="HolderInfo.SessionId"/>).</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>The session as a lock: nobody holds it when there is no such session.</returns>
    /// <exception cref="ArgumentException">This cannot be the id of a session.</exception>
    /// <exception cref="LockUnavailableException">No answer for <see cref="LockClientOptions.UnavailableTimeout"/>.</exception>
    ValueTask<LockInfo> GetSessionInfoAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Operator's call: ends a session. Each lock that is held under it is free as soon as somebody wants it. Its owner is told at the session's next
    /// heartbeat, within a third of its lease; meanwhile only fencing tokens protect, as after any revocation.
    /// </summary>
    /// <param name="id">The session's id (<see cref="LockSession.Id"/>, <see cref="HolderInfo.SessionId"/>).</param>
    /// <param name="cancellationToken">Ends this call; the session may have been ended.</param>
    /// <returns>What came of it; <see cref="RevokeStatus.NotHeld"/> when there is no such session, or an earlier try of this call has ended it.</returns>
    /// <exception cref="ArgumentException">This cannot be the id of a session.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether it was ended.</exception>
    ValueTask<RevokeReply> RevokeSessionAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>
    /// Tells who holds a lock and who waits for it. For people and dashboards: it may be out of date when it arrives.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>What the lock's grain saw; <see cref="LockInfo.Known"/> is false when it could not trust its own state.</returns>
    /// <exception cref="LockUnavailableException">No answer for <see cref="LockClientOptions.UnavailableTimeout"/>.</exception>
    ValueTask<LockInfo> GetInfoAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Watches a lock: first the present state, then the latest state whenever it has changed. Changes in between may be left out, and no state is
    /// older than the one before it. Nothing is buffered: a reader that takes its time gets the latest state next. It goes on over failovers and over the
    /// deletion of the key's record, and makes no record itself.
    /// <example><code>
    /// await foreach (var info in locks.WatchAsync("leader", stoppingToken))
    ///     Console.WriteLine(info.Known ? $"{info.Holder?.OwnerId ?? "nobody"} leads" : $"not known: {info.Detail}");
    /// </code></example>
    /// <para>
    /// Holds, values and limits are shown once they are in storage, those who wait once they have come. Renewals, the running of time, and the comings
    /// and goings of a waiter's calls are no change, but a value that ends and a lock-delay that begins are. There are at least 50 ms between two
    /// states.
    /// </para>
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="cancellationToken">Ends the watching, as does leaving the loop.</param>
    /// <returns>
    /// The states, without end. When there was no usable reply for <see cref="LockClientOptions.UnavailableTimeout"/>, one whose
    /// <see cref="LockInfo.Known"/> is false says so, once; the next one is known again. Each enumeration watches by itself.
    /// </returns>
    /// <exception cref="ArgumentException">The key. Thrown by the call itself.</exception>
    /// <exception cref="OperationCanceledException">While it is read: the token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while the lock was watched.</exception>
    IAsyncEnumerable<LockInfo> WatchAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the locks that are live, that is held or waited for, on all silos, in the ordinal order of their keys. In pages, because only a page can
    /// say which silos did not reply: a list that hides that would be taken for whole.
    /// <example><code>
    /// await foreach (var page in locks.ListAsync("orders/"))
    ///     foreach (var one in page.Locks)
    ///         Console.WriteLine($"{one.Key}: {one.OwnerId}, {one.QueueLength} wait");
    /// </code></example>
    /// <para>
    /// It reads what the silos have in memory, costs the locks nothing, and makes no record. A lock whose silo was lost is not live until its holder
    /// renews it or somebody asks for it. A lock that is live all the while is there once; one that comes or goes meanwhile may be there or not.
    /// </para>
    /// </summary>
    /// <param name="prefix">The beginning of the keys; empty (the default) for all. See <see cref="LockPrefix"/>.</param>
    /// <param name="options">Which of them, and how many a page; null for all, in pages of 5,000.</param>
    /// <param name="cancellationToken">Ends the listing, as does leaving the loop.</param>
    /// <returns>The pages, at least one. Each enumeration lists anew.</returns>
    /// <exception cref="ArgumentException">The prefix or an option. Thrown by the call itself.</exception>
    /// <exception cref="NotSupportedException">The transport of this client cannot list. Thrown by the call itself.</exception>
    /// <exception cref="LockUnavailableException">While it is read: no usable reply for <see cref="LockClientOptions.UnavailableTimeout"/>.</exception>
    /// <exception cref="OperationCanceledException">While it is read: the token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while the locks were listed.</exception>
    IAsyncEnumerable<LockListPage> ListAsync(string prefix = "", LockListOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Watches the locks whose keys have a prefix: first all that are live, then those that have changed or are gone, at most once a second. It compares
    /// successive lists (<see cref="ListAsync"/>), so changes in between are left out and nothing is missed for good. It goes on over failovers. After a pass
    /// that took long it rests four times as long, so that it never takes the cluster more than a fifth of the time.
    /// <example><code>
    /// await foreach (var update in locks.WatchPrefixAsync("orders/", stoppingToken))
    ///     foreach (var one in update.Changed)
    ///         Console.WriteLine($"{one.Key}: {one.OwnerId}, {one.QueueLength} wait");
    /// </code></example>
    /// <para>Renewals and the running of time are no change, but a lock-delay that begins is.</para>
    /// </summary>
    /// <param name="prefix">The beginning of the keys; empty (the default) for all. See <see cref="LockPrefix"/>.</param>
    /// <param name="cancellationToken">Ends the watching, as does leaving the loop.</param>
    /// <returns>
    /// The updates, without end. When there was no usable reply for <see cref="LockClientOptions.UnavailableTimeout"/>, one whose
    /// <see cref="LockListUpdate.Known"/> is false says so, once; the next one is known again. Each enumeration watches by itself.
    /// </returns>
    /// <exception cref="ArgumentException">The prefix. Thrown by the call itself.</exception>
    /// <exception cref="NotSupportedException">The transport of this client cannot list. Thrown by the call itself.</exception>
    /// <exception cref="OperationCanceledException">While it is read: the token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while the locks were watched.</exception>
    IAsyncEnumerable<LockListUpdate> WatchPrefixAsync(string prefix = "", CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads the value of a lock, as of now: its grain has checked it with its storage. Where the key has no record, it has within the last 2 s (the
    /// silo's <c>ValidationAge</c>), so that reading makes none.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>The value, null for none, and its version.</returns>
    /// <exception cref="LockUnavailableException">No usable reply for <see cref="LockClientOptions.UnavailableTimeout"/>.</exception>
    ValueTask<ValueReply> GetValueAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>
    /// Operator's call: sets the most permits of a key that may be taken together, whatever its requests say, or lifts that. Holds are never taken
    /// away: a limit below what is taken keeps newcomers waiting. Whoever asks for more permits than the limit gets a <see
    /// cref="LockLimitException"/>. A key with a limit is never forgotten.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="limit">The limit, 1 to 1,000,000; null for none.</param>
    /// <param name="expected">The limit that it is to replace; null (the default) for whatever there is, 0 for none.</param>
    /// <param name="cancellationToken">Ends this call; the limit may have been set.</param>
    /// <returns>What came of it, and the limit that there is now; <see cref="LimitStatus.Conflict"/> when it was another than expected.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether it was set.</exception>
    ValueTask<LimitReply> SetLimitAsync(string key, int? limit, int? expected = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Operator's call: takes a lock from its holders and hands it to those who wait. A holder's handle is told at its next
    /// renewal.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="fencingToken">
    /// The token of the hold to revoke, so that a successor is never hit by mistake. 0 (the default) revokes all holds; it
    /// is sent only once, because a repetition could hit the successor.
    /// </param>
    /// <param name="cancellationToken">Ends this call; the revocation may have happened.</param>
    /// <returns>
    /// What came of it. With a token the call is repeated while its outcome is unknown, so <see cref="RevokeStatus.NotHeld"/> can
    /// mean that an earlier try of this call revoked it.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The token is negative.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether the revocation happened.</exception>
    ValueTask<RevokeReply> RevokeAsync(string key, long fencingToken = 0, CancellationToken cancellationToken = default);
}
