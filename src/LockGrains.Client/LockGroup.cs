using System.Collections.ObjectModel;

namespace LockGrains;

/// <summary>
/// Several locks that are held together, as <see cref="ILockClient.AcquireAllAsync"/> gave them: one object to keep, to watch and to dispose.
/// They are renewed in the background until they are released.
/// <para>
/// Dispose it with <c>await using</c>, or keep it in a field: what holds for a <see cref="LockHandle"/> that nothing refers to holds for it.
/// Each lock has its own fencing token, which is for what that key protects; see <see cref="TokenOf"/>.
/// </para>
/// <para>
/// To release one of <see cref="Handles"/> by itself is allowed. The group then holds the others, and is not whole any more: <see
/// cref="ThrowIfLost"/> throws, and <see cref="Remaining"/> is 0.
/// </para>
/// <example><code>
/// await using var both = await locks.AcquireAllAsync(["accounts/1", "accounts/2"]);
/// await store.MoveAsync(amount, both.TokenOf("accounts/1"), both.TokenOf("accounts/2"), both.HandleLostToken);
/// </code></example>
/// </summary>
public sealed class LockGroup : IAsyncDisposable, IDisposable
{
    /// <summary>
    /// The most locks that one group has: 1,000. They are acquired one after another, so the first ones are held for as many round trips. Who
    /// needs more wants one key for all of it.
    /// </summary>
    public const int KeysMax = 1_000;

    // What a caller must know first comes first.
    private static readonly ReleaseOutcome[] ByWeight =
    [
        ReleaseOutcome.NotHeld, ReleaseOutcome.Unknown, ReleaseOutcome.StillHeld, ReleaseOutcome.Kept, ReleaseOutcome.Released, ReleaseOutcome.AlreadyReleased,
    ];

    private readonly LockHandle[] _handles;
    private readonly string[] _keys;
    private readonly GroupTokens _tokens = new();

    /// <summary>Makes a group of locks that are held, in the order of their keys.</summary>
    internal LockGroup(LockHandle[] handles)
    {
        _handles = handles;
        _keys = [.. handles.Select(static handle => handle.Key)];
        Handles = new ReadOnlyCollection<LockHandle>(_handles);
        Keys = new ReadOnlyCollection<string>(_keys);
        foreach (var handle in handles)
            handle.Keeper.Tokens.Join(_tokens);
    }

    /// <summary>The handle of each lock, in the order of <see cref="Keys"/>. Keep the group, not one of these: the others would be forgotten.</summary>
    public IReadOnlyList<LockHandle> Handles { get; }

    /// <summary>The keys, in the order in which they were acquired: that of <see cref="StringComparer.Ordinal"/>.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>
    /// Cancelled when one of the locks must be presumed lost, as promptly as that lock's own <see cref="LockHandle.HandleLostToken"/> and with
    /// the same promise for callbacks. None of them waits for the callbacks of another token. Not by a release.
    /// </summary>
    public CancellationToken HandleLostToken => _tokens.Lost;

    /// <summary>Cancelled when one of the locks is at risk, as that lock's own <see cref="LockHandle.AtRiskToken"/>.</summary>
    public CancellationToken AtRiskToken => _tokens.AtRisk;

    /// <summary>
    /// How long all of them are still guaranteed if no renewal succeeds any more: the least of the handles' <see cref="LockHandle.Remaining"/>.
    /// </summary>
    public TimeSpan Remaining => _handles.Min(static handle => handle.Remaining);

    /// <summary>The fencing token of one of the locks.</summary>
    /// <param name="key">Its key.</param>
    /// <exception cref="KeyNotFoundException">The key is none of this group's.</exception>
    public long TokenOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var index = Array.BinarySearch(_keys, key, StringComparer.Ordinal);
        return index >= 0 ? _handles[index].FencingToken : throw new KeyNotFoundException($"The lock '{key}' is none of this group's.");
    }

    /// <summary>Throws when one of the locks is not held any more, as far as this machine knows. Makes no call; see <see cref="VerifyAsync"/>.</summary>
    /// <exception cref="LockLostException">It was lost or released; names the first such key.</exception>
    public void ThrowIfLost()
    {
        foreach (var handle in _handles)
            handle.ThrowIfLost();
    }

    /// <summary>Asks the silos, for all at once, whether every hold is current; as <see cref="LockHandle.VerifyAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>True when each was current at some moment of this call, and this machine still presumes all of them now.</returns>
    /// <exception cref="LockUnavailableException">Nobody could say for one of them, and none is known to be over.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<bool> VerifyAsync(CancellationToken cancellationToken = default)
    {
        Task<bool>[] asked = [.. _handles.Select(handle => handle.VerifyAsync(cancellationToken).AsTask())];
        await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (asked.Any(static one => one.IsCompletedSuccessfully && !one.Result))
            return false;

        foreach (var one in asked)
            await one.ConfigureAwait(false);

        // One may have been lost while another was asked for.
        return Remaining > TimeSpan.Zero;
    }

    /// <summary>Releases all of them, each to its next waiter, at the same time. May be repeated.</summary>
    /// <param name="cancellationToken">As for <see cref="LockHandle.ReleaseAsync"/>: all releases begin in any case.</param>
    /// <returns>
    /// What came of it, the first of these that is true of one of them: <see cref="ReleaseOutcome.NotHeld"/>, <see cref="ReleaseOutcome.Unknown"/>,
    /// <see cref="ReleaseOutcome.StillHeld"/>, <see cref="ReleaseOutcome.Kept"/>, <see cref="ReleaseOutcome.Released"/>.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token was cancelled before the silos answered.</exception>
    public async ValueTask<ReleaseOutcome> ReleaseAsync(CancellationToken cancellationToken = default)
    {
        var outcomes = await Task.WhenAll(_handles.Select(handle => handle.ReleaseAsync(cancellationToken).AsTask())).ConfigureAwait(false);
        return ByWeight.First(outcomes.Contains);
    }

    /// <summary>Releases all of them, as <see cref="ReleaseAsync"/>. Never throws; see <see cref="LockHandle.DisposeAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await ReleaseAsync(CancellationToken.None).ConfigureAwait(false);

    /// <summary>Begins the release of all of them and does not wait for it; see <see cref="LockHandle.Dispose"/>.</summary>
    public void Dispose() => _ = ReleaseAsync(CancellationToken.None).AsTask();
}
