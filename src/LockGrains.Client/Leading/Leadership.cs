namespace LockGrains;

/// <summary>
/// One time of leading, from its grant until it is resigned or lost. It holds the lock of the election, and its handle renews it. Dispose it with
/// <c>await using</c>, or keep it in a field, as a <see cref="LockHandle"/>.
/// </summary>
public sealed class Leadership : IAsyncDisposable
{
    internal Leadership(LockHandle handle) => Handle = handle;

    /// <summary>The handle of the lock.</summary>
    public LockHandle Handle { get; }

    /// <summary>The lock's key.</summary>
    public string Key => Handle.Key;

    /// <summary>
    /// The number of this leadership, larger than that of every earlier one of this key: for what the leader writes to, so that it can refuse a former
    /// leader.
    /// </summary>
    public long FencingToken => Handle.FencingToken;

    /// <summary>
    /// Cancelled when the leader should come to its end: the lock was not renewed for two thirds of its lease, or the host stops. See <see
    /// cref="LockHandle.AtRiskToken"/>.
    /// </summary>
    public CancellationToken AtRiskToken => Handle.AtRiskToken;

    /// <summary>Cancelled when the leadership must be presumed lost, before another can lead. See <see cref="LockHandle.HandleLostToken"/>.</summary>
    public CancellationToken LostToken => Handle.HandleLostToken;

    /// <summary>Sets what the leader tells all: its address, say. It ends with the leadership.</summary>
    /// <param name="value">The value; one without bytes clears it.</param>
    /// <param name="cancellationToken">Ends the waiting for the silo's reply; the value may have been set.</param>
    /// <exception cref="ArgumentException">The value is too large, or would be kept.</exception>
    /// <exception cref="LockLostException">This process does not lead any more.</exception>
    /// <exception cref="InvalidOperationException">Another change of the hold is under way.</exception>
    /// <exception cref="LockUnavailableException">Nobody could say whether it was set. It may be repeated.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask ProclaimAsync(LockValue value, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (LeaderElection.FindProblem(value) is { } problem)
            throw new ArgumentException(problem, nameof(value));

        // Without a version to look for, it is set whatever there was.
        await Handle.SetValueAsync(value, ifVersion: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the leadership to the next who campaigns. Do it when the work has ended. May be repeated.</summary>
    /// <param name="cancellationToken">Ends the waiting for the silo's reply, not the release.</param>
    /// <returns>What came of it; see <see cref="LockHandle.ReleaseAsync"/>.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled before the silo replied.</exception>
    public ValueTask<ReleaseOutcome> ResignAsync(CancellationToken cancellationToken = default) => Handle.ReleaseAsync(cancellationToken);

    /// <summary>Resigns, as <see cref="ResignAsync"/>. Never throws.</summary>
    public ValueTask DisposeAsync() => Handle.DisposeAsync();
}
