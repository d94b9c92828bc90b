using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LockGrains;

/// <summary>
/// How one client ends. Released is only what its owner disposed: a lock that is given back over the head of its owner is given to the next
/// while the owner still works. What is left has its lease, and its handle tells when that is over.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without a timer or a wait handle holds nothing.")]
internal sealed class ClientStop(ClientRuntime runtime, KeeperSet keepers)
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private Task<int>? _stop;
    private TimeSpan _spent;
    private bool _isDisposed;

    /// <summary>The locks of the client.</summary>
    public KeeperSet Keepers => keepers;

    /// <summary>Fires when waits end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>The host begins to stop: tells those who hold a lock now. All goes on for the time being.</summary>
    public void Tell()
    {
        foreach (var keeper in keepers.Held)
            keeper.TellStopping(isByClock: false);
    }

    /// <summary>
    /// Tells those who hold a lock, and lets them come to their end and release it while all goes on: nothing is refused yet. What that takes
    /// is taken off the time that <see cref="StopAsync"/> gives them.
    /// </summary>
    /// <param name="limit">How long they have.</param>
    /// <param name="cancellationToken">Ends the waiting at once.</param>
    public async Task AwaitOwnersAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var beganAt = runtime.Now;
        var (held, done) = keepers.AwaitHeld();
        Tell();
        await WhenReleasedAsync(held, done).WaitAsync(limit, runtime.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate) _spent = runtime.Now - beganAt;
    }

    /// <summary>Ends the waits and takes no more acquires.</summary>
    public async Task EndWaitsAsync()
    {
        runtime.Pending.Close();
        await runtime.Watch.CancelAsync(_ending).ConfigureAwait(false);
    }

    /// <summary>Ends the waits after a time, unless they end before.</summary>
    /// <param name="limit">The time.</param>
    public void EndWaitsAfter(TimeSpan limit) => _ = runtime.Watch.RunDetached(async () =>
    {
        await runtime.DelayAsync(limit, Ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await EndWaitsAsync().ConfigureAwait(false);
        return true;
    });

    /// <summary>
    /// Ends the waits, tells those who hold a lock, lets them come to their end while it goes on renewing, and leaves the rest to their
    /// leases. Then waits for the releases and cancels that are on their way, as long again but no longer than one attempt.
    /// </summary>
    /// <param name="limit">How long those who hold a lock have, from when they were first waited for.</param>
    /// <param name="cancellationToken">Ends both at once.</param>
    public Task StopAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        lock (_gate) return _stop ??= Begin(limit - _spent, runtime.AtMostOneAttempt(limit), cancellationToken);
    }

    /// <summary>The same without time for those who hold a lock, unless it has stopped before; then nothing is of use any more.</summary>
    public async Task DisposeAsync()
    {
        Task stop;
        lock (_gate)
        {
            _isDisposed = true;
            stop = _stop ??= Begin(TimeSpan.Zero, runtime.Options.AttemptTimeout, CancellationToken.None);
        }

        await stop.ConfigureAwait(false);
        runtime.Metrics.Dispose();
        runtime.Logger.Dispose();
    }

    public void ThrowIfDisposed()
    {
        lock (_gate) ObjectDisposedException.ThrowIf(_isDisposed, typeof(LockClient));
    }

    /// <summary>
    /// Why an acquire does not go on: the host stops, which is no defect of the caller's, or somebody disposed the client under it.
    /// </summary>
    public Exception MakeEnded()
    {
        lock (_gate)
        {
            return _isDisposed
                ? new ObjectDisposedException(nameof(LockClient), "The client was disposed while it waited for the lock.")
                : new OperationCanceledException("The lock was not acquired, because the host is stopping.", _ending.Token);
        }
    }

    /// <summary>Reads until there is no more, or until the reader, the client or the host ends it. Each enumeration begins anew.</summary>
    public async IAsyncEnumerable<T> ReadAsync<T>(Func<Func<CancellationToken, Task<T?>>> begin, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        using var linked = cancellationToken.CanBeCanceled ? runtime.Watch.Link(cancellationToken, Ending) : null;
        var ending = linked?.Token ?? Ending;
        var next = begin();
        while (await NextAsync().ConfigureAwait(false) is { } item)
            yield return item;

        async Task<T?> NextAsync()
        {
            try
            {
                ending.ThrowIfCancellationRequested();
                return await next(ending).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw MakeWatchEnded();
            }
        }
    }

    /// <summary>Why watching or listing does not go on: as <see cref="MakeEnded"/>.</summary>
    private Exception MakeWatchEnded()
    {
        lock (_gate)
        {
            return _isDisposed
                ? new ObjectDisposedException(nameof(LockClient), "The client was disposed while it watched or listed locks.")
                : new OperationCanceledException("Locks are not watched or listed any more, because the host is stopping.", _ending.Token);
        }
    }

    private Task<int> Begin(TimeSpan limit, TimeSpan drain, CancellationToken cancellationToken)
    {
        // Here and now: a grant that arrives after this call is nobody's.
        var noneHeld = keepers.CloseAsync();
        return runtime.Watch.RunDetached(() => RunAsync(noneHeld, limit, drain, cancellationToken));
    }

    private static async Task WhenReleasedAsync(LeaseKeeper[] held, Task done)
    {
        await done.ConfigureAwait(false);
        await Task.WhenAll(held.Select(static keeper => keeper.Releasing)).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(Task noneHeld, TimeSpan limit, TimeSpan drain, CancellationToken cancellationToken)
    {
        await EndWaitsAsync().ConfigureAwait(false);
        Tell();
        if (limit > TimeSpan.Zero)
            await noneHeld.WaitAsync(limit, runtime.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        runtime.Logger.OnEnding();
        var left = keepers.LeaveAll();
        if (left.Length > 0)
            runtime.Logger.LeftToTheirLeases(left);
        var unconfirmed = await runtime.Pending.DrainAsync(drain, cancellationToken).ConfigureAwait(false);
        if (unconfirmed > 0)
            runtime.Logger.DisposedWithWorkLeft(unconfirmed);
        return unconfirmed;
    }
}
