using LockGrains.Core;
using Orleans.Concurrency;
using Orleans.Placement;

namespace LockGrains;

/// <summary>
/// One session's lock: a lock like any other, in a key space of its own. Whoever holds it is the session, so its life is a hold's life, with the same
/// leases, renewals, failovers and revocations. The locks that are held under it ask it when it is over.
/// </summary>
[GrainType("lockgrains.session")]
[Reentrant]
[Immovable]
[PreferLocalPlacement]
internal sealed class SessionGrain(LockGrainHost host) : LockGrain(host), ISessionGrain
{
    private readonly SessionWords _words = new();

    protected override LockSpace Space => LockSpace.Session;

    public override async ValueTask<RenewReply> RenewAsync(Guid leaseId, CancellationToken cancellationToken = default) =>
        _words.AddTo(await base.RenewAsync(leaseId, cancellationToken));

    public ValueTask LeaveWordAsync(string key)
    {
        if (LockKey.FindProblem(key) is null)
            _words.Leave(key);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<SessionStatus> AwaitEndAsync(long fencingToken, TimeSpan wait, CancellationToken cancellationToken = default)
    {
        ThrowIfBadKey();
        if (MakeWayIfStopping() is not null)
            return SessionStatus.Unknown;
        return await Coordinator.AwaitEndAsync(new FencingToken(fencingToken), wait, cancellationToken) switch
        {
            true => SessionStatus.Over,
            false => SessionStatus.Alive,
            null => SessionStatus.Unknown,
        };
    }
}
