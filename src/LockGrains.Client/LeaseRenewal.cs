using LockGrains.Core;

namespace LockGrains;

/// <summary>Sends the renewals of one lease, each once.</summary>
internal sealed class LeaseRenewal(ClientRuntime runtime, ILockGrain grain, string key, Guid leaseId)
{
    /// <summary>Sends one and waits for its answer as long as the schedule allows. Never fails.</summary>
    /// <param name="schedule">The schedule by which it is due.</param>
    /// <param name="sentAt">Now.</param>
    /// <param name="ended">Fires when the hold is over.</param>
    public async Task<Answer<RenewReply>> SendAsync(RenewalSchedule schedule, TimeSpan sentAt, CancellationToken ended)
    {
        var timeout = schedule.GetAttemptTimeout(sentAt);
        var isGathered = schedule.IsGathered(runtime.Renewals.Window, sentAt);
        try
        {
            var reply = await runtime.CallAsync(
                () => isGathered
                    ? runtime.Renewals.RenewAsync(grain, key, leaseId, timeout)
                    : grain.RenewAsync(leaseId, CancellationToken.None),
                timeout,
                ended).ConfigureAwait(false);
            return new Answer<RenewReply>(reply);
        }
        catch (Exception exception)
        {
            return new Answer<RenewReply>(null, exception);
        }
    }
}
