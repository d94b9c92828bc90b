namespace LockGrains.Chaos;

/// <summary>What a caller does with a lock that it holds: uses the resource, changes the hold, asks whether it is current, releases it. Each step is told.</summary>
internal sealed class HeldLock(string worker, Turn turn, int attempt, LockHandle handle, ResourceClient resource, HistoryWriter history)
{
    /// <summary>Says that the holder believes no more.</summary>
    public HistoryLine Releasing => Line(Happening.Releasing);

    private Share Share => new(handle.Mode, handle.Permits, turn.Share.Limit) { Numbers = [.. Numbers] };

    private IEnumerable<int> Numbers => handle.PermitNumbers.IsDefaultOrEmpty ? [] : handle.PermitNumbers;

    public void TellGranted()
    {
        var until = Until();
        history.Write(Line(Happening.Granted) with { Until = until, Share = Share });
    }

    public async Task UseAsync(CancellationToken cancellationToken)
    {
        if (!await WorkAsync(cancellationToken) || turn.IsForgotten)
            return;
        foreach (var change in turn.Changes)
        {
            await (change.IsUpgrade ? UpgradeAsync(change, cancellationToken) : DowngradeAsync(change, cancellationToken));
            if (!await WorkAsync(cancellationToken))
                return;
        }

        if (turn.Verifies)
        {
            var askedAt = Clock.Now;
            var isCurrent = await handle.VerifyAsync(cancellationToken);
            history.Write(Line(Happening.Verified) with { Until = askedAt, IsYes = isCurrent });
        }

        history.Write(Releasing);
        var outcome = await handle.ReleaseAsync(cancellationToken);
        history.Write(Line(Happening.Released) with
        {
            Detail = outcome == ReleaseOutcome.Released ? null : outcome.ToString(),
            IsYes = outcome is ReleaseOutcome.Released or ReleaseOutcome.AlreadyReleased,
        });
    }

    /// <summary>Uses the resource for the time of the turn.</summary>
    /// <returns>Whether the lock was held all the time.</returns>
    public async Task<bool> WorkAsync(CancellationToken cancellationToken)
    {
        var (start, end) = (Clock.Now, Clock.Nanoseconds(turn.HoldsFor));
        do
        {
            foreach (var (number, isRead) in Fences())
            {
                if (!await UseResourceAsync(number, isRead, cancellationToken))
                    return false;
            }

            var left = end - (Clock.Now - start);

            // In whole milliseconds: timers round down, and it would write again and again in the last one.
            if (left > 0)
                await Clock.DelayAsync(TimeSpan.FromMilliseconds(Math.Min(250, Math.Ceiling(left / 1e6))), cancellationToken);
        }
        while (Clock.Now - start < end);
        return true;
    }

    /// <summary>What the resource checks: the key, or each permit by its number. Who shares the key itself only reads.</summary>
    private IReadOnlyList<(int? Number, bool IsRead)> Fences()
    {
        if (Numbers.Any())
            return [.. Numbers.Select(number => ((int?)number, false))];
        if (turn.WholeOf > 0)
            return [.. Enumerable.Range(0, turn.WholeOf).Select(number => ((int?)number, false))];
        return [(null, handle.Mode != LockMode.Exclusive)];
    }

    /// <summary>Uses the resource as a holder must: looks whether it is lost, and then goes with the token, which the resource judges.</summary>
    private async Task<bool> UseResourceAsync(int? number, bool isRead, CancellationToken cancellationToken)
    {
        var until = Until();
        if (handle.HandleLostToken.IsCancellationRequested || handle.Remaining == TimeSpan.Zero)
        {
            history.Write(Line(Happening.Lost));
            return false;
        }

        history.Write(Line(Happening.Believed) with { Until = until });
        var name = number is { } permit ? LoadKeys.OfNumber(turn.Key, permit) : turn.Key;
        var token = handle.FencingToken;
        var isTaken = await resource.UseAsync(name, token, $"{worker}/{attempt}", isRead, cancellationToken);
        history.Write(Line(Happening.Wrote) with
        {
            Token = token,
            Numbers = number is { } used ? [used] : null,
            Detail = isTaken is null ? "unknown" : null,
            IsYes = isTaken == true,
        });
        return true;
    }

    /// <summary>The hold stays what it was if it does not become exclusive in time, or if the caller gives that up.</summary>
    private async Task UpgradeAsync(HoldChange change, CancellationToken cancellationToken)
    {
        history.Write(Line(Happening.Upgrading));
        using var impatient = new CancellationTokenSource(change.CancelsAfter ?? Timeout.InfiniteTimeSpan, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(impatient.Token, cancellationToken);
        try
        {
            if (!await handle.TryUpgradeAsync(change.Wait, either.Token))
                return;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return;
        }

        var until = Until();
        history.Write(Line(Happening.Upgraded) with { Until = until });
    }

    private async Task DowngradeAsync(HoldChange change, CancellationToken cancellationToken)
    {
        var left = new Share(change.Mode, change.Permits, turn.Share.Limit) { Numbers = [.. Numbers.Take(change.Permits)] };
        history.Write(Line(Happening.Downgrading) with { Share = left });
        await handle.DowngradeAsync(change.Mode, change.Permits, cancellationToken);
        history.Write(Line(Happening.Downgraded) with { Share = Share });
    }

    /// <summary>Until when its holder believes to hold. The time is taken before, so that a pause in between makes it too short, never too long.</summary>
    public long Until()
    {
        var now = Clock.Now;
        return now + Clock.Nanoseconds(handle.Remaining);
    }

    private HistoryLine Line(Happening what) => new() { What = what, Attempt = attempt, Key = turn.Key, Token = handle.FencingToken };
}
