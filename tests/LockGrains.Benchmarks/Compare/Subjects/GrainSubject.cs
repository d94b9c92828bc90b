namespace LockGrains.Benchmarks;

/// <summary>LockGrains without its client: calls to the grain, no handle, no renewal.</summary>
internal sealed class GrainSubject(string name, IGrainFactory grains) : ILockSubject
{
    public string Name => name;

    public async ValueTask<Hold> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        var request = new AcquireRequest { LeaseId = Guid.NewGuid(), OwnerId = "benchmark", Wait = Timeout.InfiniteTimeSpan };
        var grain = grains.GetLock(key);
        while (true)
        {
            var reply = await grain.AcquireAsync(request, CancellationToken.None);
            if (reply.Status == AcquireStatus.Granted)
                return new Hold(key, request.LeaseId);
            if (reply.Status != AcquireStatus.Queued)
                throw new InvalidOperationException($"The acquire of '{key}' came to {reply.Status}: {reply.Detail}");
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public async ValueTask ReleaseAsync(Hold hold)
    {
        var reply = await grains.GetLock(hold.Key).ReleaseAsync((Guid)hold.Proof);
        if (reply.Status != ReleaseStatus.Released)
            throw new InvalidOperationException($"The release of '{hold.Key}' came to {reply.Status}: {reply.Detail}");
    }

    public async ValueTask<int?> CountWaitingAsync(string key) => (await grains.GetLock(key).GetInfoAsync()).QueueLength;
}
