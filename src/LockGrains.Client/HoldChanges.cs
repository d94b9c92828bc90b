using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// The changes of one hold, and of the value beside it, one at a time. Upgrades and downgrades are numbered, so that a copy which comes late changes
/// nothing. What the hold is, and whether it is over, its <see cref="LeaseKeeper"/> knows.
/// </summary>
internal sealed class HoldChanges(ClientRuntime runtime, IRemoteLock grain, Guid leaseId, TimeSpan lease, LeaseKeeper keeper, ClientStop stop)
{
    /// <summary>How long an upgrade waits where nothing else is said: never for ever, because nobody else is granted the lock meanwhile.</summary>
    public static readonly TimeSpan UpgradeWait = TimeSpan.FromSeconds(30);

    private int _last;
    private int _isBusy;

    // The last upgrade, unless it was granted, and whether the last downgrade has no reply yet: either may still count at the silo.
    private AcquireLoop? _upgrade;
    private bool _isDowngradeOpen;

    /// <summary>Whether the silo may take the hold for more than its owner does.</summary>
    private bool MayBeMore => _isDowngradeOpen || _upgrade is { MayBeLeft: true } or { Request: > 0 };

    /// <summary>Makes an upgradeable hold exclusive.</summary>
    /// <returns>Null when that was done; else the wait that was too short, after which the hold is as it was.</returns>
    public async Task<LockTimeoutException?> UpgradeAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var terms = AcquireTerms.OfUpgrade(keeper.Key, wait, lease, runtime);
        ThrowUnlessUpgradeable();
        if (keeper.Facts.Mode == LockMode.Exclusive)
            return null;
        if (wait > TimeSpan.Zero)
            keeper.Facts.Session?.ThrowIfWaitsForItself(keeper);

        Begin();
        try
        {
            // Counted, so that a client that ends waits for what this gives up.
            if (!runtime.Pending.TryBegin())
                throw stop.MakeEnded();
            try
            {
                return await UpgradeAsync(terms, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                runtime.Pending.End();
            }
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    /// <summary>Gives a part of the hold back. From here on its owner has no more than that, whatever the silo has heard of it.</summary>
    public async Task DowngradeAsync(LockMode mode, int permits, CancellationToken cancellationToken)
    {
        keeper.ThrowIfOver();
        ThrowUnlessPart(mode, permits);
        if (keeper.Shares.Count > 1)
        {
            throw new InvalidOperationException(
                $"Other handles of the hold of '{keeper.Key}' are open (Reenter): whoever has them counts on what is held. Dispose them first.");
        }

        Begin();
        try
        {
            var numbers = keeper.Facts.PermitNumbers;
            keeper.Facts.SetExtent(new HoldExtent(mode, permits, numbers.Length > permits ? numbers[..permits] : numbers, 0), keeper.FencingToken);
            await SendDowngradeAsync(runtime.Options.UnavailableTimeout, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private async Task<LockTimeoutException?> UpgradeAsync(AcquireTerms terms, CancellationToken cancellationToken)
    {
        using var over = runtime.Watch.Link(keeper.Tokens.Ended, stop.Ending);
        using var either = runtime.Watch.Link(cancellationToken, over.Token);
        try
        {
            if (MayBeMore)
                await SendDowngradeAsync(terms.GetPatience(), either.Token).ConfigureAwait(false);
            return await RunUpgradeAsync(terms, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            keeper.ThrowIfOver();
            throw stop.MakeEnded();
        }
        catch (LockLostException exception)
        {
            keeper.OnNotHeld(exception.End);
            keeper.ThrowIfOver();
            throw;
        }
    }

    private async Task<LockTimeoutException?> RunUpgradeAsync(AcquireTerms terms, CancellationToken cancellationToken)
    {
        var calls = new UpgradeCalls(runtime, grain, terms, leaseId, _last + 1);
        var loop = _upgrade = new AcquireLoop(runtime, grain, terms, calls, runtime.Now);
        try
        {
            if (await loop.RunAsync(cancellationToken).ConfigureAwait(false) is { } grant)
            {
                _upgrade = null;
                keeper.Facts.SetExtent(new HoldExtent(LockMode.Exclusive, 1, [], 0), grant.FencingToken);
                keeper.ThrowIfOver();
                return null;
            }
        }
        finally
        {
            _last += loop.Request + 1;
        }

        // Those that were begun anew are over only if none of their copies comes late: to give the last up ends them all.
        if (loop.Request > 0)
            _ = calls.CancelAsync(new LeaseId(leaseId), loop.Request);
        return new LockTimeoutException(terms.Key, loop.WaitedAtMost, loop.Place);
    }

    /// <summary>
    /// Sends what its owner has of the hold. With the next number, so that all that came before is over at the silo: an upgrade that was given up,
    /// and a downgrade of which nobody could say what became.
    /// </summary>
    private async Task SendDowngradeAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        _isDowngradeOpen = true;
        var request = new DowngradeRequest { LeaseId = leaseId, Change = ++_last, Mode = keeper.Facts.Mode, Permits = keeper.Facts.Permits };
        var answer = await runtime.AskAsync(
            () => grain.DowngradeAsync(request, CancellationToken.None),
            static reply => reply.Status is ChangeStatus.Changed or ChangeStatus.NotHeld or ChangeStatus.Refused,
            patience,
            cancellationToken).ConfigureAwait(false);
        switch (answer.Reply?.Status)
        {
            case ChangeStatus.Changed:
                (_isDowngradeOpen, _upgrade) = (false, null);
                return;
            case ChangeStatus.NotHeld:
                keeper.OnNotHeld(answer.Reply.End);
                keeper.ThrowIfOver();
                return;
            case ChangeStatus.Refused:
                throw new ArgumentException($"The silo refused the downgrade of the lock '{keeper.Key}': {answer.Reply.Detail ?? "it did not say why"}");
            default:
                throw new LockUnavailableException(
                    keeper.Key, $"The downgrade of the lock '{keeper.Key}' was not confirmed.", mayHaveTakenEffect: true, answer.Problem);
        }
    }

    /// <summary>Sets the value of the lock, or clears it.</summary>
    /// <param name="value">The value.</param>
    /// <param name="ifVersion">The version that it must have; null for any.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether it was set; false when it has another version.</returns>
    public async Task<bool> SetValueAsync(LockValue value, long? ifVersion, CancellationToken cancellationToken)
    {
        AcquireTerms.CheckValue(value, nameof(value));
        keeper.ThrowIfOver();
        if (keeper.Facts.Mode != LockMode.Exclusive)
            throw new InvalidOperationException($"The lock '{keeper.Key}' is held {keeper.Facts.Mode}: only an exclusive hold sets the value.");

        Begin();
        try
        {
            var reply = await SetValueAsync(value, ifVersion ?? keeper.Facts.ValueVersion, cancellationToken).ConfigureAwait(false);

            // Nobody else can have set it, but an earlier call of ours, of which nobody could say what became.
            if (reply.Status == ValueStatus.Conflict && ifVersion is null)
                reply = await SetValueAsync(value, reply.Version, cancellationToken).ConfigureAwait(false);
            return reply.Status == ValueStatus.Current;
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    private async Task<ValueReply> SetValueAsync(LockValue value, long ifVersion, CancellationToken cancellationToken)
    {
        var request = new SetValueRequest { LeaseId = leaseId, Value = value, IfVersion = ifVersion };
        var answer = await runtime.AskAsync(
            () => grain.SetValueAsync(request, CancellationToken.None),
            static reply => reply.Status is ValueStatus.Current or ValueStatus.Conflict or ValueStatus.NotHeld or ValueStatus.Refused,
            runtime.Options.UnavailableTimeout,
            cancellationToken).ConfigureAwait(false);
        switch (answer.Reply?.Status)
        {
            case ValueStatus.Current or ValueStatus.Conflict:
                keeper.Facts.ValueVersion = answer.Reply.Version;
                return answer.Reply;
            case ValueStatus.NotHeld:
                keeper.OnNotHeld(answer.Reply.End);
                keeper.ThrowIfOver();
                throw new LockLostException(keeper.Key, keeper.FencingToken, answer.Reply.End);
            case ValueStatus.Refused:
                throw new ArgumentException($"The silo refused the value of the lock '{keeper.Key}': {answer.Reply.Detail ?? "it did not say why"}");
            default:
                throw new LockUnavailableException(
                    keeper.Key, $"That the value of the lock '{keeper.Key}' was set was not confirmed.", mayHaveTakenEffect: true, answer.Problem);
        }
    }

    private void ThrowUnlessUpgradeable()
    {
        keeper.ThrowIfOver();
        if (keeper.Facts.Mode == LockMode.Shared)
        {
            throw new InvalidOperationException(
                $"The lock '{keeper.Key}' is held shared, and two who share it would wait for each other: acquire it with AcquireUpgradeableAsync.");
        }
    }

    private void ThrowUnlessPart(LockMode mode, int permits)
    {
        if (LockPolicy.FindPartProblem(keeper.Facts.Mode, keeper.Facts.Permits, mode, permits) is { } problem)
            throw new ArgumentException(problem);
    }

    private void Begin()
    {
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
            throw new InvalidOperationException($"Another change of the hold of '{keeper.Key}' is under way: await it first.");
    }
}
