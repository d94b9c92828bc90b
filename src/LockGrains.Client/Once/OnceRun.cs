using System.Diagnostics;
using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// One call that runs work once per cluster: looks whether it ran, waits for the lock or for the outcome, whichever is first, runs the work under the
/// lock, and stores its outcome before the lock is released. What runs, <see cref="RunOnceRules"/> says.
/// </summary>
internal sealed class OnceRun(ILockClient locks, string key, Func<LockHandle, CancellationToken, Task<string>> body, RunOnceOptions options)
{
    /// <summary>Reads the record of the last run.</summary>
    /// <exception cref="InvalidOperationException">The value is none.</exception>
    public static RunOnceRecord? Read(string key, LockValue? value)
    {
        if (value is null)
            return null;

        return RunOnceRules.TryDecode(value.Bytes, out var record, out var problem) ? record : throw new InvalidOperationException(
            $"The value of the lock '{key}' ({value.Bytes.Length} bytes) was not written by this version of RunOnceAsync: {problem}. "
            + "It is left as it is. Use another key, or clear it.");
    }

    // All of it in the caller's context, in which the work begins: see LockRunExtensions.
    public async Task<RunOnceResult> RunAsync(CancellationToken cancellationToken)
    {
        // Most calls find it done, and that costs a read and no grant.
        if (Find((await locks.GetValueAsync(key, cancellationToken).ConfigureAwait(true)).Value) is { } done)
            return done;

        var (handle, seen) = options.Wait == TimeSpan.Zero
            ? (await locks.TryAcquireAsync(key, TimeSpan.Zero, options.Acquire, cancellationToken).ConfigureAwait(true), null)
            : await AcquireOrSeeAsync(cancellationToken).ConfigureAwait(true);
        return handle is not null
            ? await RunUnderAsync(handle, cancellationToken).ConfigureAwait(true)
            : seen ?? new RunOnceResult { Status = RunOnceStatus.Skipped };
    }

    /// <summary>What came of it, where the value says that this edition does not run; null where it runs.</summary>
    private RunOnceResult? Find(LockValue? value)
    {
        var last = Read(key, value);
        return RunOnceRules.Decide(last, options.Edition) is { } status ? new RunOnceResult { Status = status, Last = last } : null;
    }

    /// <summary>
    /// Waits for the lock, and looks for the outcome meanwhile. So a crowd that waits has it at once, and not one after another; nor does it wait for a
    /// lock that is kept for a least time.
    /// </summary>
    private async Task<(LockHandle? Handle, RunOnceResult? Seen)> AcquireOrSeeAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var acquiring = locks.TryAcquireAsync(key, options.Wait ?? Timeout.InfiniteTimeSpan, options.Acquire, end.Token).AsTask();
        var seeing = SeeAsync(end.Token);
        var first = await Task.WhenAny(acquiring, seeing).ConfigureAwait(true);
        try
        {
            if (first == seeing && !seeing.IsCanceled)
            {
                _ = GiveBackAsync(acquiring);
                return (null, await seeing.ConfigureAwait(true));
            }

            var handle = await acquiring.ConfigureAwait(true);
            return handle is null && seeing.IsCompletedSuccessfully ? (null, await seeing.ConfigureAwait(true)) : (handle, null);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
        finally
        {
            // Nobody waits for the end of the loser. On a clock of LockGrains.Testing, that would be for the thread pool, which it does not see.
            Cancel(end);
            _ = ((Task)seeing).ContinueWith(
                static over => _ = over.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>A lock that was granted before the wait for it was given up.</summary>
    private static async Task GiveBackAsync(Task<LockHandle?> acquiring)
    {
        await ((Task)acquiring).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (acquiring.IsCompletedSuccessfully && await acquiring.ConfigureAwait(false) is { } handle)
            await GiveBackAsync(handle.Keeper).ConfigureAwait(false);
    }

    // Waits for the confirmation, for one attempt at most. Of one that is lost, begins the release alone.
    private static async Task GiveBackAsync(LeaseKeeper keeper)
    {
        keeper.GiveBack();
        await keeper.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until the value says that this edition does not run. What is watched is in storage, and editions only grow: so that stays true for as long
    /// as it is kept.
    /// </summary>
    private async Task<RunOnceResult> SeeAsync(CancellationToken cancellationToken)
    {
        await foreach (var info in locks.WatchAsync(key, cancellationToken).ConfigureAwait(false))
        {
            if (info.Known && Find(info.Value) is { } done)
                return done;
        }

        throw new UnreachableException("A watch has no end of its own.");
    }

    // Here and now, not on the thread pool, which a clock of LockGrains.Testing does not see.
    private static void Cancel(CancellationTokenSource source) => source.Cancel();

    private async Task<RunOnceResult> RunUnderAsync(LockHandle handle, CancellationToken cancellationToken)
    {
        RunOnceResult? done = null;
        var runs = false;
        try
        {
            // Nobody but this hold can change it from here on.
            done = Find((await locks.GetValueAsync(key, cancellationToken).ConfigureAwait(true)).Value);
            handle.ThrowIfLost();
            runs = done is null;
        }
        finally
        {
            // The least time is for work that ran.
            if (!runs)
                await GiveBackAsync(handle.Keeper).ConfigureAwait(true);
        }

        if (done is not null)
            return done;

        await using (handle.ConfigureAwait(false)) return await WorkAsync(handle, cancellationToken).ConfigureAwait(true);
    }

    private async Task<RunOnceResult> WorkAsync(LockHandle handle, CancellationToken cancellationToken)
    {
        var token = handle.FencingToken;
        var (outcome, stopped) = await HeldWork.DoAsync(handle, body, cancellationToken).ConfigureAwait(true);
        if (stopped is not null)
            throw (Exception?)handle.FindLoss() ?? stopped;

        var record = new RunOnceRecord { Edition = options.Edition, Outcome = outcome ?? "", FencingToken = token };
        await StoreAsync(handle, record).ConfigureAwait(true);
        return new RunOnceResult { Status = RunOnceStatus.Ran, Last = record };
    }

    /// <summary>
    /// Stores the outcome while the lock is held. That it is stored proves that the lock was held to the end of the work. The caller's token does not
    /// count: the work is done.
    /// </summary>
    private async Task StoreAsync(LockHandle handle, RunOnceRecord record)
    {
        var wasHeld = handle.Remaining > TimeSpan.Zero;
        Exception? failure = null;
        try
        {
            var value = new LockValue { Bytes = RunOnceRules.Encode(record), KeepFor = options.KeepFor };
            if (await handle.SetValueAsync(value, ifVersion: null, CancellationToken.None).ConfigureAwait(true))
                return;
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        // Too large, refused, or another change under way: nothing was sent, or a silo has said so. All else may have arrived.
        var isRefused = failure is ArgumentException or (InvalidOperationException and not ObjectDisposedException);
        throw new RunOnceUnstoredException(key, record, mayBeStored: wasHeld && !isRefused, failure);
    }
}
