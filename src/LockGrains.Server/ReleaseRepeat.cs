using LockGrains.Core;

namespace LockGrains;

/// <summary>
/// A release that its client was told of, and that may not have been written: asked for again until the lock's next activation has
/// answered. It may come late, twice or for nothing, as any release may; only the <c>LeaseId</c> that was released is released.
/// </summary>
internal sealed class ReleaseRepeat(ILockGrain grain, LeaseId leaseId, Func<bool> isStopping)
{
    // Half a minute: as long as the usual lease, after which it has ended by itself.
    private const int TriesMax = 30;

    private static readonly RetryBackoff Backoff = new(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(2));

    public async Task RunAsync()
    {
        for (var tries = 1; tries <= TriesMax && !isStopping(); tries++)
        {
            await Task.Delay(Backoff.After(tries, Random.Shared.NextDouble()), TimeProvider.System).ConfigureAwait(false);
            if (await TryAsync().ConfigureAwait(false))
                return;
        }
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            var reply = await grain.ReleaseAsync(leaseId.Value).ConfigureAwait(false);
            return reply.Status is ReleaseStatus.Released or ReleaseStatus.NotHeld;
        }
        catch (Exception)
        {
            // Whatever it was, nobody can be told; it is tried again, and at worst the lease runs out.
            return false;
        }
    }
}
