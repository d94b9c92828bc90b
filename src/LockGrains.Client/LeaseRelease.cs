namespace LockGrains;

/// <summary>The release of one lease: begun once, by whoever is first, and repeated until it is confirmed or beside the point.</summary>
internal sealed class LeaseRelease(ClientRuntime runtime, IRemoteLock grain, Guid leaseId, TimeSpan lease, TimeSpan keptFor)
{
    private Task<Task<Answer<ReleaseReply>>>? _work;

    /// <summary>The full lease of the hold.</summary>
    public TimeSpan Lease => lease;

    /// <summary>Completes when what has begun is over; at once where nothing has.</summary>
    public Task Begun => Volatile.Read(ref _work)?.Unwrap() ?? Task.CompletedTask;

    public Task<Task<Answer<ReleaseReply>>> Begin() =>
        PendingWork.BeginOnce(ref _work, static release => ((LeaseRelease)release!).RepeatAsync(), this);

    /// <summary>Begins it unless it has begun, and waits for an answer for one attempt at most.</summary>
    /// <param name="isFirst">Whether the caller is the one who ended the hold.</param>
    /// <param name="onGoesOn">Told when nobody has answered by then.</param>
    /// <param name="cancellationToken">Ends the waiting alone.</param>
    public async Task<ReleaseOutcome> RunAsync(bool isFirst, Action onGoesOn, CancellationToken cancellationToken)
    {
        var work = await Begin().ConfigureAwait(false);
        try
        {
            var answer = await work.WaitAsync(runtime.Options.AttemptTimeout, runtime.Time, cancellationToken).ConfigureAwait(false);
            return answer.Reply?.Status switch
            {
                ReleaseStatus.Released => isFirst ? ReleaseOutcome.Released : ReleaseOutcome.AlreadyReleased,
                ReleaseStatus.NotHeld => ReleaseOutcome.NotHeld,
                _ => ReleaseOutcome.Unknown,
            };
        }
        catch (TimeoutException)
        {
            onGoesOn();
            return ReleaseOutcome.Unknown;
        }
    }

    private Task<Answer<ReleaseReply>> RepeatAsync() => runtime.Pending.RepeatAsync(
        () => grain.ReleaseAsync(leaseId, CancellationToken.None),
        static reply => reply.Status is ReleaseStatus.Released or ReleaseStatus.NotHeld,
        runtime.GetAftermath(keptFor));
}
