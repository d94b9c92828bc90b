namespace LockGrains;

/// <summary>Asks the silo whether a hold is current.</summary>
internal sealed class LeaseVerification(ClientRuntime runtime, IRemoteLock grain, Guid leaseId, LeaseKeeper keeper)
{
    /// <summary>True when it was current then and is presumed now; see <see cref="LockHandle.VerifyAsync"/>.</summary>
    /// <param name="presumed">How it is over if it is, where that was heard elsewhere.</param>
    /// <param name="ended">Fires when the hold is over.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async ValueTask<bool> RunAsync(EndReason presumed, CancellationToken ended, CancellationToken cancellationToken)
    {
        if (keeper.IsOver(out _))
            return false;

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended);
        Answer<VerifyReply> answer;
        try
        {
            answer = await runtime.AskAsync(
                () => grain.VerifyAsync(leaseId, CancellationToken.None),
                static reply => reply.Status is VerifyStatus.Current or VerifyStatus.NotHeld,
                runtime.Options.UnavailableTimeout,
                either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (keeper.IsOver(out _))
                return false;

            throw new OperationCanceledException(cancellationToken);
        }

        if (answer.Reply?.Status == VerifyStatus.NotHeld)
            keeper.OnNotHeld(presumed);
        // A "yes" that took so long that the lease is over meanwhile is a "no".
        if (keeper.IsOver(out _))
            return false;

        return answer.Reply is not null ? true : throw new LockUnavailableException(
            keeper.Key, $"Nobody could say whether the lock '{keeper.Key}' is current.", answer.Problem);
    }
}
