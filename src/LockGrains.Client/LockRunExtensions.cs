using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>Work under a lock, as one call.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "The work tells them apart: it has a result or none. That is a required parameter.")]
public static class LockRunExtensions
{
    /// <summary>
    /// Acquires a lock, does the work under it, and releases it when the task of the work has ended, not before. The work is told to stop when the
    /// lock is at risk: a third of the lease is left then, which is its time to do so. It begins in the context of the caller, such as a grain's.
    /// <para>
    /// Work that was told so and ends well all the same, while the lock is held, has ended well. Work that stops leaves an <see
    /// cref="OperationCanceledException"/> whose token is <see cref="LockHandle.AtRiskToken"/>: call again to do it.
    /// </para>
    /// <para>
    /// When the lock was lost while the work went on, the call throws <see cref="LockLostException"/>, though the work has ended well: somebody
    /// else may have worked at the same time. What the work itself throws is thrown instead, unless it is the <see
    /// cref="OperationCanceledException"/> that its token asked for. A loss goes before the caller's cancellation.
    /// </para>
    /// <example><code>
    /// await locks.RunAsync("nightly-report", async (handle, stop) =>
    /// {
    ///     await foreach (var page in pages.WithCancellation(stop)) await store.WriteAsync(page, handle.FencingToken, stop);
    /// });
    /// </code></example>
    /// </summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key; see <see cref="LockKey"/>.</param>
    /// <param name="body">
    /// The work. It is given the handle, and a token that is cancelled with <see cref="LockHandle.AtRiskToken"/> and with the caller's. So it is told
    /// when renewals fail, when the host begins to stop, and after two thirds of the lease where <see cref="AcquireOptions.Renew"/> is false. See
    /// <see cref="AcquireOptions.TimeToStop"/> for work that needs more time, and <see cref="LockHandle.HandleLostToken"/> for the loss itself.
    /// </param>
    /// <param name="wait">How long to wait for the lock, as for <see cref="ILockClient.AcquireAsync"/>; null (the default) for ever.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up waiting, and asks the work to stop. Work that ends well all the same has ended well.</param>
    /// <exception cref="LockLostException">The lock was lost, or the silo said so when it was released.</exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled, and the work has stopped or not begun. Or the lock was at risk, and the work has stopped; or the host stops.
    /// </exception>
    public static Task RunAsync(
        this ILockClient locks,
        string key,
        Func<LockHandle, CancellationToken, Task> body,
        TimeSpan? wait = null,
        AcquireOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return locks.RunAsync(
            key,
            (handle, stop) => FollowAsync(body(handle, stop)),
            wait,
            options,
            cancellationToken);

        static async Task<bool> FollowAsync(Task work)
        {
            await work.ConfigureAwait(true);
            return true;
        }
    }

    /// <summary>As <see cref="RunAsync(ILockClient, string, Func{LockHandle, CancellationToken, Task}, TimeSpan?, AcquireOptions?, CancellationToken)"/>,
    /// for work with a result.</summary>
    /// <typeparam name="T">What the work returns.</typeparam>
    /// <param name="locks">The client.</param>
    /// <param name="key">The lock's key.</param>
    /// <param name="body">The work.</param>
    /// <param name="wait">How long to wait for the lock.</param>
    /// <param name="options">What differs from <see cref="LockClientOptions"/> this time; null for nothing.</param>
    /// <param name="cancellationToken">Gives up waiting, and asks the work to stop.</param>
    /// <returns>What the work returned, if the lock was held to its end.</returns>
    /// <exception cref="LockLostException">The lock was lost, or the silo said so when it was released.</exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled, and the work has stopped or not begun. Or the lock was at risk, and the work has stopped; or the host stops.
    /// </exception>
    public static Task<T> RunAsync<T>(
        this ILockClient locks,
        string key,
        Func<LockHandle, CancellationToken, Task<T>> body,
        TimeSpan? wait = null,
        AcquireOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        ArgumentNullException.ThrowIfNull(body);

        // Begun here, so that a wrong argument is thrown by the call itself.
        return RunUnderAsync(locks.AcquireAsync(key, wait, options, cancellationToken), body, cancellationToken);
    }

    private static async Task<T> RunUnderAsync<T>(
        ValueTask<LockHandle> acquire, Func<LockHandle, CancellationToken, Task<T>> body, CancellationToken cancellationToken)
    {
        // In the caller's context: the work is its code, and in a grain it must stay on the grain's scheduler. What follows the work is there, too:
        // on a clock of LockGrains.Testing the release must be seen before the clock moves.
        var handle = await acquire.ConfigureAwait(true);
        T? result;
        OperationCanceledException? stopped;
        try
        {
            (result, stopped) = await HeldWork.DoAsync(handle, body, cancellationToken).ConfigureAwait(true);
        }
        catch
        {
            await handle.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var loss = handle.FindLoss();
        if (await handle.ReleaseAsync(CancellationToken.None).ConfigureAwait(false) == ReleaseOutcome.NotHeld)
            loss ??= new LockLostException(handle.Key, handle.FencingToken, EndReason.None);
        if (loss is not null)
            throw loss;

        return stopped is null ? result! : throw stopped;
    }
}
