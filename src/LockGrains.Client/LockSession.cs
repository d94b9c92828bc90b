using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// One heartbeat for many locks. What is acquired through a session is held under it: all of it ends with the session, and none of it needs
/// a heartbeat of its own. If the process dies, one lease of the session later each of its locks is free as soon as somebody wants it.
/// <para>
/// A session is itself a hold, of a key of its own. It has the promises of a hold: it is renewed in the background, counts by this
/// machine's clock, and is lost before the silo lets its locks go. When it is lost, all of its handles are lost at once.
/// </para>
/// <para>
/// Dispose it with <c>await using</c>, or keep it in a field, as a <see cref="LockHandle"/>. A handle that is held under it keeps it, too.
/// </para>
/// <example><code>
/// await using var session = await locks.OpenSessionAsync();
/// foreach (var shard in shards)
///     handles.Add(await session.AcquireAsync($"shards/{shard}"));
/// await ServeAsync(handles, session.LostToken);
/// </code></example>
/// Keep the handles as well: one that nothing refers to is released when that is found out, at its next renewal.
/// The idea is Chubby's; ZooKeeper, etcd (leases) and Consul have it, too.
/// </summary>
public sealed class LockSession : IAsyncDisposable
{
    // As long as the pool has to begin the callbacks of a token, and then as long again for those that a thread of ours has to run.
    private static readonly TimeSpan TellingMax = TimeSpan.FromMilliseconds(100);

    private readonly ClientRuntime _runtime;
    private readonly ClientStop _stop;
    private readonly Func<AcquireTerms, CancellationToken, Task<(LockHandle? Handle, AcquireLoop Loop)>> _acquire;
    private readonly LockSessionOptions _options;
    private readonly LockHandle _hold;
    private int _isDisposed;

    internal LockSession(
        ClientRuntime runtime,
        ClientStop stop,
        Func<AcquireTerms, CancellationToken, Task<(LockHandle? Handle, AcquireLoop Loop)>> acquire,
        LockSessionOptions options,
        AcquireTerms terms,
        LockHandle hold)
    {
        (_runtime, _stop, _acquire, _options, _hold) = (runtime, stop, acquire, options, hold);
        (Id, FencingToken, Holds) = (terms.Key, hold.FencingToken, terms.Holds!);
    }

    /// <summary>The session's name, which is shown with its locks (<see cref="HolderInfo.SessionId"/>). It is random, and proves nothing.</summary>
    public string Id { get; }

    /// <summary>The fencing token of the session. For what a lock protects use that of its handle.</summary>
    public long FencingToken { get; }

    /// <summary>The label that others see, of the session and of what is held under it.</summary>
    public string OwnerId => _hold.OwnerId;

    /// <summary>
    /// Cancelled when the session is lost, and at the same moment the <see cref="LockHandle.HandleLostToken"/> of each handle under it. Callbacks as
    /// there. Not by <see cref="DisposeAsync"/>.
    /// </summary>
    public CancellationToken LostToken => _hold.HandleLostToken;

    /// <summary>An early warning, as <see cref="LockHandle.AtRiskToken"/>; each handle under the session has it, too.</summary>
    public CancellationToken AtRiskToken => _hold.AtRiskToken;

    /// <summary>How long the session is still guaranteed if no heartbeat succeeds any more; 0 when it is over. No handle under it has more.</summary>
    public TimeSpan Remaining => _hold.Remaining;

    /// <summary>Whether the session was lost, as far as this machine knows. Not when it was disposed.</summary>
    public bool IsLost => _hold.Keeper.IsLost;

    /// <summary>What is held under it.</summary>
    internal SessionHolds Holds { get; }

    /// <summary>The rules of the hold that it is.</summary>
    internal HoldProtocol Protocol => _hold.Keeper.Protocol;

    /// <summary>
    /// Acquires the lock of a key under this session, in any mode, as <see cref="ILockClient.AcquireAsync"/>. The hold has its full lease at once, <see
    /// cref="LockSessionOptions.HoldLease"/> unless the options say another.
    /// </summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="wait">How long to wait: null (the default) for ever.</param>
    /// <param name="options">
    /// What is different this time; null for nothing. <see cref="AcquireOptions.LockDelay"/> and <see cref="AcquireOptions.TimeToStop"/> are the
    /// session's affair, and refused.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The handle, which is lost with the session at the latest.</returns>
    /// <exception cref="ArgumentException">As for <see cref="ILockClient.AcquireAsync"/>.</exception>
    /// <exception cref="LockSessionLostException">The session is lost, or was while this call waited.</exception>
    /// <exception cref="LockDeadlockException">
    /// This session holds the lock, and would wait for itself. Thrown by the call itself, before any message is sent. See <see cref="TryGetHeld"/>.
    /// </exception>
    /// <exception cref="LockTimeoutException">The wait ended before the lock came.</exception>
    /// <exception cref="LockQueueFullException">The queue of this key is at its limit.</exception>
    /// <exception cref="LockUnavailableException">As for <see cref="ILockClient.AcquireAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The session or the client is disposed, or was while this call waited.</exception>
    public ValueTask<LockHandle> AcquireAsync(
        string key, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = MakeTerms(key, wait ?? Timeout.InfiniteTimeSpan, options);
        ThrowIfCannotBegin(terms);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockHandle>(cancellationToken)
            : new ValueTask<LockHandle>(AcquireOrThrowAsync());

        async Task<LockHandle> AcquireOrThrowAsync()
        {
            var (handle, loop) = await RunAsync(terms, cancellationToken).ConfigureAwait(false);
            return handle ?? throw new LockTimeoutException(terms.Key, loop.WaitedAtMost, loop.Place);
        }
    }

    /// <summary>As <see cref="AcquireAsync"/>, but contention is not an exception.</summary>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="wait">How long to wait: 0 (the default) for one attempt.</param>
    /// <param name="options">As for <see cref="AcquireAsync"/>.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The handle, or null when the lock was not acquired.</returns>
    /// <exception cref="ArgumentException">As for <see cref="ILockClient.AcquireAsync"/>.</exception>
    /// <exception cref="LockSessionLostException">The session is lost, or was while this call waited.</exception>
    /// <exception cref="LockDeadlockException">As for <see cref="AcquireAsync"/>, but never with a wait of 0, which waits for nobody.</exception>
    /// <exception cref="LockQueueFullException">The queue of this key is at its limit.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether the lock was acquired.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The session or the client is disposed, or was while this call waited.</exception>
    public ValueTask<LockHandle?> TryAcquireAsync(
        string key, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var terms = MakeTerms(key, wait, options);
        ThrowIfCannotBegin(terms);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockHandle?>(cancellationToken)
            : new ValueTask<LockHandle?>(AcquireOrNullAsync());

        async Task<LockHandle?> AcquireOrNullAsync() => (await RunAsync(terms, cancellationToken).ConfigureAwait(false)).Handle;
    }

    /// <summary>
    /// Acquires several locks under this session, all or none, as <see cref="ILockClient.AcquireAllAsync"/>. Each has its full lease at once, as by <see
    /// cref="AcquireAsync"/>.
    /// </summary>
    /// <param name="targets">The locks: 1 to <see cref="LockGroup.KeysMax"/>, each key once. They are copied.</param>
    /// <param name="wait">How long to wait for all of them together: null (the default) for ever.</param>
    /// <param name="options">As for <see cref="AcquireAsync"/>, the same for each lock.</param>
    /// <param name="cancellationToken">Gives up: nothing is held and no place kept. Has no effect on a group once acquired.</param>
    /// <returns>The group, which is lost with the session at the latest.</returns>
    /// <exception cref="ArgumentException">As for <see cref="ILockClient.AcquireAllAsync"/> and <see cref="AcquireAsync"/>.</exception>
    /// <exception cref="LockSessionLostException">The session is lost, or was while this call waited.</exception>
    /// <exception cref="LockDeadlockException">As for <see cref="AcquireAsync"/>, of the first such key.</exception>
    /// <exception cref="LockTimeoutException">The wait ended before a lock came; names it.</exception>
    /// <exception cref="LockQueueFullException">The queue of one key is at its limit; names it.</exception>
    /// <exception cref="LockUnavailableException">As for <see cref="ILockClient.AcquireAsync"/>; names the key.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The session or the client is disposed, or was while this call waited.</exception>
    public ValueTask<LockGroup> AcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan? wait = null, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var attempt = MakeAttempt(targets, wait ?? Timeout.InfiniteTimeSpan, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockGroup>(cancellationToken)
            : new ValueTask<LockGroup>(AcquireOrThrowAsync());

        async Task<LockGroup> AcquireOrThrowAsync() =>
            await attempt.RunAsync(cancellationToken).ConfigureAwait(false) ?? throw attempt.MakeTimeout();
    }

    /// <summary>As <see cref="AcquireAllAsync"/>, but contention is not an exception; see <see cref="ILockClient.TryAcquireAllAsync"/>.</summary>
    /// <param name="targets">The locks, as for <see cref="AcquireAllAsync"/>.</param>
    /// <param name="wait">How long to wait for all of them together: 0 (the default) tries all at once.</param>
    /// <param name="options">As for <see cref="AcquireAllAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The group, or null when a lock was not acquired; then none is held.</returns>
    /// <exception cref="ArgumentException">As for <see cref="AcquireAllAsync"/>.</exception>
    /// <exception cref="LockSessionLostException">The session is lost, or was while this call waited.</exception>
    /// <exception cref="LockDeadlockException">As for <see cref="AcquireAllAsync"/>, but never with a wait of 0.</exception>
    /// <exception cref="LockQueueFullException">The queue of one key is at its limit; names it.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether a lock was acquired.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The session or the client is disposed, or was while this call waited.</exception>
    public ValueTask<LockGroup?> TryAcquireAllAsync(
        IReadOnlyCollection<LockTarget> targets, TimeSpan wait = default, AcquireOptions? options = null, CancellationToken cancellationToken = default)
    {
        var attempt = MakeAttempt(targets, wait, options);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<LockGroup?>(cancellationToken)
            : new ValueTask<LockGroup?>(attempt.RunAsync(cancellationToken));
    }

    /// <summary>
    /// Finds the hold that this session has of a key, for code that is called from several places: it gets a handle of its own, as by <see
    /// cref="LockHandle.Reenter"/>, and disposes that. Makes no call.
    /// </summary>
    /// <param name="key">The lock's key.</param>
    /// <returns>One more handle; null when the session does not hold the lock. Where it has several holds of a key, one of them.</returns>
    /// <exception cref="ArgumentException">The key breaks a rule of <see cref="LockKey"/>.</exception>
    public LockHandle? TryGetHeld(string key)
    {
        LockKey.Validate(key);
        return Holds.OpenBeside(key);
    }

    /// <summary>Replaces what the session says of itself. It ends with the session.</summary>
    /// <param name="metadata">The bytes: at most 1,024, unless the silo is configured otherwise. None clears it.</param>
    /// <param name="cancellationToken">Ends the waiting for the silo's reply; the bytes may have been set.</param>
    /// <exception cref="ArgumentException">There are too many bytes.</exception>
    /// <exception cref="LockSessionLostException">The session is lost.</exception>
    /// <exception cref="LockUnavailableException">Nobody could say whether it was set. It may be repeated.</exception>
    /// <exception cref="InvalidOperationException">Another call of this method is under way.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The session is disposed.</exception>
    public async ValueTask SetMetadataAsync(ReadOnlyMemory<byte> metadata, CancellationToken cancellationToken = default)
    {
        ThrowIfOver();
        try
        {
            await _hold.SetValueAsync(new LockValue { Bytes = [.. metadata.Span] }, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (LockLostException)
        {
            throw MakeOver();
        }
    }

    /// <summary>Throws when the session is over, as far as this machine knows. Makes no call.</summary>
    /// <exception cref="LockSessionLostException">It was lost.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public void ThrowIfOver()
    {
        if (Volatile.Read(ref _isDisposed) != 0 || IsLost)
            throw MakeOver();
    }

    /// <summary>
    /// Ends the session, and with it all that is held under it: handles that are not released are lost from now on, and waits end. One write frees all; the
    /// locks are released beside it, so that those who wait have them at once. May be repeated, never throws, and waits for at most <see
    /// cref="LockClientOptions.AttemptTimeout"/>; then it goes on in the background, or the lease of the session runs out.
    /// <para>
    /// The tokens of the handles are cancelled first, and their callbacks have 100 ms before anything is sent.
    /// </para>
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // Before the silo can hear of it: whoever still works under a lock must know that it is over.
        Interlocked.Exchange(ref _isDisposed, 1);
        var (held, told) = Holds.TellOver(isByClock: true);

        // That may be by a token that is linked to the handle's, which a callback cancels. One that blocks keeps the locks from nobody.
        await told.WaitAsync(TellingMax, _runtime.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var end = _hold.ReleaseAsync(CancellationToken.None).AsTask();
        await Task.WhenAll(end, SessionHolds.ReleaseAsync(held)).WaitAsync(_runtime.Options.AttemptTimeout, _runtime.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Makes an id: random, so that no session is ever taken for an earlier one. It is written as the HTTP API wants it, which takes no other way.</summary>
    internal static string MakeId() => LeaseIds.Make().ToString("D");

    /// <summary>A silo said that the session is over.</summary>
    /// <returns>What to throw for it.</returns>
    internal Exception OnSaidOver()
    {
        _hold.Keeper.OnNotHeld(EndReason.None);
        return MakeOver();
    }

    /// <summary>Throws where the upgrade of a hold under the session would wait for what the session holds beside it.</summary>
    /// <exception cref="LockDeadlockException">It would.</exception>
    internal void ThrowIfWaitsForItself(LeaseKeeper upgraded)
    {
        if (Holds.FindSelfWait(upgraded) is { } held)
            throw new LockDeadlockException(upgraded.Key, Id, held, LockMode.Exclusive);
    }

    /// <summary>What to throw where the session is over.</summary>
    internal Exception MakeOver() => Volatile.Read(ref _isDisposed) != 0
        ? new ObjectDisposedException(nameof(LockSession), $"The session {Id} is disposed.")
        : new LockSessionLostException(Id, _hold.Keeper.IsOver(out var end) ? end : EndReason.None);

    private async Task<(LockHandle? Handle, AcquireLoop Loop)> RunAsync(AcquireTerms terms, CancellationToken cancellationToken)
    {
        using var either = _runtime.Watch.Link(cancellationToken, _hold.Keeper.Tokens.Ended);
        try
        {
            return await _acquire(terms, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested && !_stop.Ending.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw MakeOver();
        }
        finally
        {
            // Nobody but the caller may refer to it, and a session that nothing refers to is not renewed.
            GC.KeepAlive(this);
        }
    }

    private GroupAttempt MakeAttempt(IReadOnlyCollection<LockTarget> targets, TimeSpan wait, AcquireOptions? options)
    {
        AcquireTerms[] terms = [.. LockTarget.InOrder(targets).Select(target => MakeTerms(target.Key, wait, target.Over(options)))];
        foreach (var one in terms)
            ThrowIfCannotBegin(one);
        return new GroupAttempt(_runtime, _stop, terms, wait, RunAsync);
    }

    private void ThrowIfCannotBegin(AcquireTerms terms)
    {
        ThrowIfOver();
        if (Holds.FindSelfWait(terms) is { } held)
            throw new LockDeadlockException(terms.Key, Id, held, terms.Mode);
    }

    private AcquireTerms MakeTerms(string key, TimeSpan wait, AcquireOptions? options)
    {
        if (options is { LockDelay.Ticks: not 0 })
            throw new ArgumentException($"{nameof(AcquireOptions.LockDelay)} is {DurationText.Format(options.LockDelay)}; under a session it is that of {nameof(LockSessionOptions)}.", nameof(options));
        if (options?.TimeToStop is { } timeToStop)
            throw new ArgumentException($"{nameof(AcquireOptions.TimeToStop)} is {DurationText.Format(timeToStop)}; under a session it must be null, since the session may end before.", nameof(options));

        var own = (options ?? new AcquireOptions()) with
        {
            Lease = options?.Lease ?? _options.HoldLease,
            OwnerId = options?.OwnerId ?? OwnerId,
        };
        return AcquireTerms.Create(key, wait, own, _runtime) with { Session = this };
    }
}
