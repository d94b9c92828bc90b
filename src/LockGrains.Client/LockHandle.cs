using System.Collections.Immutable;

namespace LockGrains;

/// <summary>
/// A lock that is held. It is renewed in the background until it is released, by <see cref="ReleaseAsync"/> or by disposing it.
/// <para>
/// No lock over a network can stop a holder that was paused from waking up after its lease ended. Give <see cref="FencingToken"/>
/// to what the lock protects and let it refuse smaller ones; <see cref="HandleLostToken"/> tells as soon as this machine can
/// know, not sooner.
/// </para>
/// <para>
/// Dispose it with <c>await using</c>, which keeps it until the end of its block, or keep it in a field. A local variable that is not read
/// again is no reference: an optimized build lets the collector have it while the code below still runs. The lock then ends one lease later,
/// with an error in the log that names it. A handle that nothing refers to is not renewed any more, because nobody can release it; its
/// tokens still tell the loss. In a process so idle that it never collects, that is found out some minutes later.
/// </para>
/// <example><code>
/// await using var handle = await locks.AcquireAsync("nightly-report");
/// await foreach (var page in pages.WithCancellation(handle.HandleLostToken))
/// {
///     await store.WriteAsync(page, handle.FencingToken, handle.HandleLostToken);
/// }
/// </code></example>
/// </summary>
public sealed class LockHandle : IAsyncDisposable, IDisposable
{
    private readonly LeaseKeeper _keeper;
    private readonly WeakReference<LockHandle> _self;

    private LockHandle(LeaseKeeper keeper)
    {
        _keeper = keeper;
        _self = new WeakReference<LockHandle>(this);
    }

    internal LeaseKeeper Keeper => _keeper;

    private bool IsReleased => !_keeper.Shares.IsOpen(_self);

    /// <summary>The lock's key.</summary>
    public string Key => _keeper.Key;

    /// <summary>
    /// The number of this hold, larger than that of every earlier hold of this key, for what the lock protects to compare
    /// (Kleppmann's fencing token). An upgrade gives it a larger one, so read it anew then.
    /// </summary>
    public long FencingToken => _keeper.FencingToken;

    /// <summary>What the hold shares the lock with now.</summary>
    public LockMode Mode => _keeper.Facts.Mode;

    /// <summary>How many permits it has now; 1 where nothing is counted.</summary>
    public int Permits => _keeper.Facts.Permits;

    /// <summary>
    /// The numbers of its permits, ascending, each less than the limit that it was acquired with: no two holds of one key have the same at a time.
    /// A resource checks the fencing token for each number by itself. Empty without a limit, and with one above 4,096.
    /// </summary>
    public ImmutableArray<int> PermitNumbers => _keeper.Facts.PermitNumbers;

    /// <summary>The label that others see in <see cref="LockInfo"/>.</summary>
    public string OwnerId => _keeper.OwnerId;

    /// <summary>
    /// Cancelled when the lock must be presumed lost: by this machine's monotonic clock shortly before the lease can end, even
    /// while a renewal hangs; at once when the silo says that it is not held; and when <see cref="AcquireOptions.MaxHold"/> is over. Not by
    /// a release, and not because the host stops: the lock is renewed while it does, see <see cref="AtRiskToken"/>. Once lost it stays lost.
    /// <para>
    /// The clock has a thread of its own, so the token, and every token linked to it, is cancelled in time though all threads of the pool are
    /// blocked. Callbacks begin on the pool; if the pool has not begun them within 50 ms, they run on a thread of the client's. There they
    /// may block without holding up another lock's loss, and find no context. What they throw is logged. Code that awaits the token on a
    /// starved pool still runs only when the pool has a thread for it: let a callback stop the work, or do it on a thread of its own. With
    /// a <see cref="TimeProvider"/> other than the system's, its timers tell the loss, and these need the pool.
    /// </para>
    /// </summary>
    public CancellationToken HandleLostToken
    {
        get
        {
            // The loss may be true before a timer tells it: whoever asks must not be given a token that says otherwise.
            _ = _keeper.IsLost;
            return _keeper.Tokens.Lost;
        }
    }

    /// <summary>
    /// An early warning: cancelled when two thirds of the guaranteed time are gone without a successful renewal, when the host begins to stop,
    /// a third of a lease before <see cref="AcquireOptions.MaxHold"/> is over, and when the lock is lost. Come to an end then and release the
    /// lock. In a host that stops there is <see cref="LockClientOptions.StopTimeout"/> for that. It warns once: a renewal that succeeds later
    /// does not take it back; then look at <see cref="Remaining"/>. With <see cref="AcquireOptions.TimeToStop"/> it comes with that much left.
    /// Without renewals (<see cref="AcquireOptions.Renew"/>) it simply comes after two thirds of the lease. Callbacks as for <see
    /// cref="HandleLostToken"/>.
    /// </summary>
    public CancellationToken AtRiskToken => _keeper.Tokens.AtRisk;

    /// <summary>
    /// Cancelled when a renewal finds that somebody waits for the lock: for long work that can stop for a while, release the lock and acquire it
    /// again behind those who wait. Renewals come every third of the lease, so this is as late as that. It tells once; see <see cref="Waiters"/>.
    /// Never where <see cref="AcquireOptions.Renew"/> is false. The idea is Curator's revocable lock.
    /// </summary>
    public CancellationToken WaitedForToken => _keeper.Tokens.WaitedFor;

    /// <summary>How many waited for the lock at its last renewal; 0 before the first.</summary>
    public int Waiters => _keeper.Facts.Waiters;

    /// <summary>
    /// How long the lock is still guaranteed if no renewal succeeds any more, by this machine's monotonic clock; 0 when it is
    /// lost or released. On Linux that clock goes on while the machine is suspended, so this and <see cref="ThrowIfLost"/> are right at once
    /// after waking.
    /// </summary>
    public TimeSpan Remaining => IsReleased ? TimeSpan.Zero : _keeper.Remaining;

    /// <summary>
    /// Throws when the lock is not held any more, as far as this machine knows. Makes no call; see <see cref="VerifyAsync"/>.
    /// </summary>
    /// <exception cref="LockLostException">It was lost or released.</exception>
    public void ThrowIfLost()
    {
        _keeper.ThrowIfOver();
        if (IsReleased)
            throw new LockLostException(Key, FencingToken, EndReason.Released);
    }

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
        if (FindLoss() is { } loss)
            throw loss;

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

    /// <summary>One more handle of a hold; null when it is over.</summary>
    internal static LockHandle? Beside(LeaseKeeper keeper)
    {
        var handle = new LockHandle(keeper);
        return !keeper.IsOver(out _) && keeper.Shares.TryOpen(handle._self) ? handle : null;
    }

    /// <summary>The exception for a lock that was lost while it was held; null for any other.</summary>
    internal LockLostException? FindLoss() =>
        _keeper.IsLost && _keeper.IsOver(out var end) ? new LockLostException(Key, FencingToken, end) : null;

    /// <summary>
    /// Makes an upgradeable hold exclusive. It waits for those who share the lock now, goes before everybody who waits, and keeps newcomers out
    /// meanwhile. The hold has a larger <see cref="FencingToken"/> then. Returns at once where it is exclusive.
    /// <para>
    /// If it fails, the hold stays as it was. After a silo has failed while it waited, newcomers may have come in before it.
    /// </para>
    /// </summary>
    /// <param name="wait">How long to wait; null (the default) for 30 s; at most 365 days, and never infinite.</param>
    /// <param name="cancellationToken">Gives the upgrade up; the hold stays.</param>
    /// <exception cref="LockTimeoutException">The others held on for longer than the wait.</exception>
    /// <exception cref="LockLostException">The lock was lost or released.</exception>
    /// <exception cref="InvalidOperationException">It is held shared, or another change of it is under way.</exception>
    /// <exception cref="LockDeadlockException">Its session has another hold of the key, which it would wait for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The wait is out of range.</exception>
    /// <exception cref="LockUnavailableException">Nobody could say what became of it; it is given up in the background.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    public async ValueTask UpgradeAsync(TimeSpan? wait = null, CancellationToken cancellationToken = default)
    {
        if (await ChangeAsync(changes => changes.UpgradeAsync(wait ?? HoldChanges.UpgradeWait, cancellationToken)).ConfigureAwait(false) is { } timeout)
            throw timeout;
    }

    /// <summary>Makes an upgradeable hold exclusive if that can be had within a time; as <see cref="UpgradeAsync"/>, but contention is no exception.</summary>
    /// <param name="wait">How long to wait; 0 (the default) for not at all; at most 365 days, and never infinite.</param>
    /// <param name="cancellationToken">Gives the upgrade up; the hold stays.</param>
    /// <returns>Whether it is exclusive now; if not, it is held as before.</returns>
    /// <exception cref="LockLostException">The lock was lost or released.</exception>
    /// <exception cref="InvalidOperationException">It is held shared, or another change of it is under way.</exception>
    /// <exception cref="LockDeadlockException">Its session has another hold of the key, which it would wait for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The wait is out of range.</exception>
    /// <exception cref="LockUnavailableException">Nobody could say what became of it; it is given up in the background.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the host stops.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    public async ValueTask<bool> TryUpgradeAsync(TimeSpan wait = default, CancellationToken cancellationToken = default) =>
        await ChangeAsync(changes => changes.UpgradeAsync(wait, cancellationToken)).ConfigureAwait(false) is null;

    /// <summary>
    /// Gives a part of the hold back: exclusive to upgradeable or shared, or some of its permits. Nobody comes in between, the <see
    /// cref="FencingToken"/> stays, and of the permit numbers the lowest. From this call on the handle has no more than that, whatever comes of it.
    /// </summary>
    /// <param name="mode">What it shares the lock with from then on. Default <see cref="LockMode.Shared"/>.</param>
    /// <param name="permits">How many permits it keeps: 1 (the default) to as many as it has.</param>
    /// <param name="cancellationToken">Ends the waiting for the silo's reply; the downgrade may have happened.</param>
    /// <exception cref="ArgumentException">That is more than is held.</exception>
    /// <exception cref="LockLostException">The lock was lost or released.</exception>
    /// <exception cref="InvalidOperationException">Another handle of this hold is open, or another change of it is under way.</exception>
    /// <exception cref="LockUnavailableException">It was not confirmed: others may find the lock held as before. It may be repeated.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask DowngradeAsync(LockMode mode = LockMode.Shared, int permits = 1, CancellationToken cancellationToken = default) =>
        await ChangeAsync(async changes =>
        {
            await changes.DowngradeAsync(mode, permits, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);

    /// <summary>
    /// Sets the value of the lock, or clears it. Only an exclusive holder can, so whoever reads it knows that its writer held the lock. See <see
    /// cref="ILockClient.GetValueAsync"/>.
    /// </summary>
    /// <param name="value">The value; see <see cref="LockValue"/>.</param>
    /// <param name="ifVersion">Sets it only if it has this version; null (the default) whatever it is.</param>
    /// <param name="cancellationToken">Ends the waiting for the silo's reply; the value may have been set.</param>
    /// <returns>Whether it was set; false only when it has another version.</returns>
    /// <exception cref="ArgumentException">The value is too large, or its time is out of range.</exception>
    /// <exception cref="LockLostException">The lock was lost or released.</exception>
    /// <exception cref="InvalidOperationException">It is not held exclusively, or another change of it is under way.</exception>
    /// <exception cref="LockUnavailableException">Nobody could say whether it was set. It may be repeated.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<bool> SetValueAsync(LockValue value, long? ifVersion = null, CancellationToken cancellationToken = default) =>
        await ChangeAsync(changes => changes.SetValueAsync(value, ifVersion, cancellationToken)).ConfigureAwait(false);

    private async Task<T> ChangeAsync<T>(Func<HoldChanges, Task<T>> change)
    {
        ThrowIfLost();
        try
        {
            return await change(_keeper.Changes).ConfigureAwait(false);
        }
        finally
        {
            // Nobody but the caller may refer to it, and a hold that nothing refers to is not renewed.
            GC.KeepAlive(this);
        }
    }

    /// <summary>Asks the silo whether this hold is current. The answer was true when the silo checked with its storage.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>
    /// True when it was current then, and this machine still presumes it now; never true when it is lost or released.
    /// </returns>
    /// <exception cref="LockUnavailableException">
    /// Nobody could say for <see cref="LockClientOptions.UnavailableTimeout"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<bool> VerifyAsync(CancellationToken cancellationToken = default) =>
        !IsReleased && await _keeper.VerifyAsync(cancellationToken).ConfigureAwait(false) && !IsReleased;

    /// <summary>
    /// Releases the lock to the next waiter. May be repeated; it never touches the hold of another. Where <see cref="Reenter"/> made other
    /// handles of this hold, each releases its own share, and the last one the lock.
    /// </summary>
    /// <param name="cancellationToken">
    /// Ends the waiting for the silo's answer, not the release: that begins in any case, and goes on in the background.
    /// </param>
    /// <returns>What came of it, within about <see cref="LockClientOptions.AttemptTimeout"/>.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled before the silo answered.</exception>
    public ValueTask<ReleaseOutcome> ReleaseAsync(CancellationToken cancellationToken = default) => _keeper.Shares.Close(_self) switch
    {
        HoldShares.End.OfHold => _keeper.ReleaseAsync(cancellationToken),
        HoldShares.End.OfShare => ValueTask.FromResult(_keeper.IsLost ? ReleaseOutcome.NotHeld : ReleaseOutcome.StillHeld),
        _ => ValueTask.FromResult(ReleaseOutcome.AlreadyReleased),
    };

    /// <summary>
    /// Releases the lock, as <see cref="ReleaseAsync"/>. Never throws, neither because the lock was gone before nor because the
    /// cluster is away; then it is released in the background, or its lease runs out.
    /// </summary>
    public async ValueTask DisposeAsync() => await ReleaseAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>
    /// Begins the release, as <see cref="DisposeAsync"/>, but does not wait for it: it goes on in the background. Never throws and never waits
    /// for the network. For scopes that cannot wait; weaker than <see cref="DisposeAsync"/> in two things. The next may not have the lock yet
    /// when this returns. And where the process ends just then, the lock is left to its lease.
    /// </summary>
    public void Dispose() => _ = ReleaseAsync(CancellationToken.None).AsTask();
}
