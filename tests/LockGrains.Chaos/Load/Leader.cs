namespace LockGrains.Chaos;

/// <summary>One of several candidates for one key: it campaigns, uses the resource while it leads, and resigns or stops when it is told to.</summary>
internal sealed class Leader(string worker, ILockClient locks, ResourceClient resource, HistoryWriter history, Random random)
{
    private readonly LeaderElection _election = new(locks, LoadKeys.Lead, new AcquireOptions { OwnerId = worker, Lease = Worker.Lease });
    private readonly TurnDraw _draw = new(random);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await CampaignAsync(cancellationToken);
            await Clock.DelayAsync(TimeSpan.FromMilliseconds(random.Next(50, 300)), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CampaignAsync(CancellationToken cancellationToken)
    {
        var turn = _draw.Lead();
        var line = new HistoryLine { Attempt = history.NextAttempt(), Key = turn.Key };
        history.Write(line with { What = Happening.Asked });
        try
        {
            // What it proclaims says whose it is, so that the judge can tell a value that outlived its leader.
            await _election.RunAsync(LeadAsync, LockValue.OfText($"{worker}/{line.Attempt}"), cancellationToken);
            history.Write(line with { What = Happening.Released });
        }
        catch (OperationCanceledException)
        {
            history.Write(line with { What = Happening.Denied, Detail = "cancelled" });
        }
        catch (Exception exception)
        {
            history.Write(line with { What = Happening.Failed, Detail = exception.GetType().Name });
        }

        async Task LeadAsync(Leadership leadership, CancellationToken told)
        {
            var held = new HeldLock(worker, turn, line.Attempt, leadership.Handle, resource, history);
            held.TellGranted();
            try
            {
                await held.WorkAsync(told);
            }
            finally
            {
                history.Write(held.Releasing);
            }
        }
    }
}
