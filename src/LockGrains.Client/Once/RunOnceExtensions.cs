using System.Diagnostics.CodeAnalysis;

namespace LockGrains;

/// <summary>Work that runs once per cluster, and whose outcome all others find.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "The work tells them apart: it has an outcome or none. That is a required parameter.")]
public static class RunOnceExtensions
{
    /// <summary>
    /// Runs work that all processes of a cluster ask for, and one of them does. Whoever is granted the lock of the key runs it, and stores its outcome
    /// as the value of the lock. All others wait for that outcome and return it, or skip the work (<see cref="RunOnceOptions.Wait"/>). They need not
    /// be granted the lock for that.
    /// <para>
    /// The promise: one runs at a time, and an edition does not run again once its outcome or that of a later one is stored. That is not exactly
    /// once: a process may die, or lose the lock, after the work and before its outcome is stored. Then the next one runs it. So the work must stand
    /// to be repeated, or what it writes to must refuse the smaller fencing token.
    /// </para>
    /// <para>
    /// The work is told to stop when the lock is at risk, as by <see cref="LockRunExtensions"/>. Work that throws stores nothing, and what it throws is
    /// thrown here; the next call may run it. The idea of a job with a lock of its own and a least and a most time is ShedLock's.
    /// </para>
    /// <example><code>
    /// var run = await locks.RunOnceAsync(
    ///     "migrate",
    ///     async (handle, stop) => $"{await database.MigrateAsync(handle.FencingToken, stop)} tables",
    ///     new RunOnceOptions { Edition = "2026-12" },
    ///     stop);
    /// logger.LogInformation("{Status}: {Outcome}", run.Status, run.Outcome);
    /// </code></example>
    /// </summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">
    /// The name of the work, which is the key of its lock; see <see cref="LockKey"/>. A key keeps one record, that of its last edition. So work that
    /// has runs of its own for each month is <c>migrate</c> with the edition <c>2026-12</c>, or else the key <c>migrate/2026-12</c> without one.
    /// </param>
    /// <param name="body">
    /// The work. It is given the handle, and a token that is cancelled with <see cref="LockHandle.AtRiskToken"/> and with the caller's. It returns its
    /// outcome, a short text: with the edition, it shares the bytes of the lock's value, 1,024 unless the silo is configured otherwise.
    /// </param>
    /// <param name="options">How it runs; null for the defaults.</param>
    /// <param name="cancellationToken">
    /// Gives up waiting, and asks the work to stop. The outcome of work that ends well all the same is stored.
    /// </param>
    /// <returns>Whether it ran, here or before, and its outcome.</returns>
    /// <exception cref="ArgumentException">
    /// The key or an option. Thrown by the call itself, but for what depends on the client's settings, and for the silo's.
    /// </exception>
    /// <exception cref="InvalidOperationException">The lock has a value that is no record of a run. It is left as it is.</exception>
    /// <exception cref="RunOnceUnstoredException">The work has run here, and its outcome is not stored, or may not be.</exception>
    /// <exception cref="LockLostException">The lock was lost before the work had run to its end; the work has stopped or not begun.</exception>
    /// <exception cref="LockQueueFullException">The queue of this key is at its limit.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether it ran, or who holds the lock. It did not run here.</exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled, and the work has stopped or not begun. Or the lock was at risk, and the work has stopped; or the host stops.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed, or was while this call waited.</exception>
    public static Task<RunOnceResult> RunOnceAsync(
        this ILockClient locks,
        string key,
        Func<LockHandle, CancellationToken, Task<string>> body,
        RunOnceOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        ArgumentNullException.ThrowIfNull(body);
        LockKey.Validate(key);
        options ??= new RunOnceOptions();
        options.Check(nameof(options));
        return new OnceRun(locks, key, body, options).RunAsync(cancellationToken);
    }

    /// <summary>
    /// As <see cref="RunOnceAsync(ILockClient, string, Func{LockHandle, CancellationToken, Task{string}}, RunOnceOptions?, CancellationToken)"/>, for
    /// work that has nothing to say: its outcome is an empty text.
    /// </summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The name of the work, which is the key of its lock.</param>
    /// <param name="body">The work.</param>
    /// <param name="options">How it runs; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting, and asks the work to stop.</param>
    /// <returns>Whether it ran, here or before.</returns>
    /// <exception cref="ArgumentException">The key or an option.</exception>
    /// <exception cref="InvalidOperationException">The lock has a value that is no record of a run.</exception>
    /// <exception cref="RunOnceUnstoredException">The work has run here, and that is not stored, or may not be.</exception>
    /// <exception cref="LockLostException">The lock was lost before the work had run to its end.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say whether it ran. It did not run here.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, the lock was at risk, or the host stops.</exception>
    public static Task<RunOnceResult> RunOnceAsync(
        this ILockClient locks,
        string key,
        Func<LockHandle, CancellationToken, Task> body,
        RunOnceOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return locks.RunOnceAsync(key, WithoutOutcomeAsync, options, cancellationToken);

        async Task<string> WithoutOutcomeAsync(LockHandle handle, CancellationToken stop)
        {
            await body(handle, stop).ConfigureAwait(true);
            return "";
        }
    }

    /// <summary>Tells which edition of some work ran last, and what came of it. Runs nothing, and needs no hold.</summary>
    /// <param name="locks">The client.</param>
    /// <param name="key">The name of the work, which is the key of its lock.</param>
    /// <param name="cancellationToken">Ends this call.</param>
    /// <returns>The record of the last run; null where no outcome is stored, as while the first run goes on.</returns>
    /// <exception cref="InvalidOperationException">The lock has a value that is no record of a run.</exception>
    /// <exception cref="LockUnavailableException">Nobody can say.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask<RunOnceRecord?> GetLastRunAsync(this ILockClient locks, string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(locks);
        return ReadAsync(locks.GetValueAsync(key, cancellationToken), key);

        static async ValueTask<RunOnceRecord?> ReadAsync(ValueTask<ValueReply> read, string key) =>
            OnceRun.Read(key, (await read.ConfigureAwait(false)).Value);
    }
}
