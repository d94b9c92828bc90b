using LockGrains.Core;

namespace LockGrains;

/// <summary>What an <see cref="AcquireLoop"/> sends: an acquire, or the upgrade of a hold. Both wait, are repeated and are given up by the same rules.</summary>
internal abstract class RequestCalls
{
    /// <summary>Makes the id of the next request.</summary>
    public abstract LeaseId MakeLeaseId();

    /// <summary>What sends one copy of a request.</summary>
    /// <param name="leaseId">Its id.</param>
    /// <param name="request">Which request it is: 0 for the first.</param>
    /// <param name="step">What the protocol says of this copy.</param>
    public abstract Func<ValueTask<AcquireReply>> Call(LeaseId leaseId, int request, AcquireStep step);

    /// <summary>Gives a request up, and repeats that in the background until it is confirmed or beside the point.</summary>
    /// <param name="leaseId">Its id.</param>
    /// <param name="request">Which request it is.</param>
    /// <returns>Whether it was confirmed.</returns>
    public abstract Task<bool> CancelAsync(LeaseId leaseId, int request);
}

/// <summary>The calls of an acquire.</summary>
internal sealed class AcquireCalls(ClientRuntime runtime, IRemoteLock grain, AcquireTerms terms) : RequestCalls
{
    public override LeaseId MakeLeaseId() => new(LeaseIds.Make());

    public override Func<ValueTask<AcquireReply>> Call(LeaseId leaseId, int request, AcquireStep step)
    {
        var message = new AcquireRequest
        {
            LeaseId = leaseId.Value,
            OwnerId = terms.OwnerId,
            Lease = terms.Lease,
            Wait = step.Wait,
            Slice = step.Slice,
            Renews = terms.Settings.Renews,
            BeatPeriod = step.Beats,
            Mode = terms.Mode,
            Permits = terms.Permits,
            Limit = terms.Limit,
            Value = terms.Value,
            LockDelay = terms.LockDelay,
            SessionId = terms.Session?.Id,
            SessionToken = terms.Session?.FencingToken ?? 0,
        };
        return () => grain.AcquireAsync(message, CancellationToken.None);
    }

    public override async Task<bool> CancelAsync(LeaseId leaseId, int request)
    {
        var answer = await runtime.Pending.RepeatAsync(
            () => grain.CancelAsync(leaseId.Value, CancellationToken.None),
            static reply => reply.Status is CancelStatus.Cancelled or CancelStatus.Released or CancelStatus.NotHeld,
            runtime.GetAftermath(terms.KeptFor)).ConfigureAwait(false);
        return answer.Reply is not null;
    }
}

/// <summary>The calls of an upgrade: the id is the hold's, and each request is a change with the next number.</summary>
internal sealed class UpgradeCalls(ClientRuntime runtime, IRemoteLock grain, AcquireTerms terms, Guid leaseId, int firstChange) : RequestCalls
{
    public override LeaseId MakeLeaseId() => new(leaseId);

    public override Func<ValueTask<AcquireReply>> Call(LeaseId leaseId, int request, AcquireStep step)
    {
        var message = new UpgradeRequest
        {
            LeaseId = leaseId.Value,
            Change = firstChange + request,
            Wait = step.Wait,
            Slice = step.Slice,
            BeatPeriod = step.Beats,
        };
        return () => grain.UpgradeAsync(message, CancellationToken.None);
    }

    public override async Task<bool> CancelAsync(LeaseId leaseId, int request)
    {
        var answer = await runtime.Pending.RepeatAsync(
            () => grain.CancelUpgradeAsync(leaseId.Value, firstChange + request, CancellationToken.None),
            static reply => reply.Status is ChangeStatus.Changed or ChangeStatus.NotHeld,
            runtime.GetAftermath(terms.Lease)).ConfigureAwait(false);
        return answer.Reply is not null;
    }
}
