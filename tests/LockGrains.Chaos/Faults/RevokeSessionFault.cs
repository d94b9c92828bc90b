namespace LockGrains.Chaos;

internal sealed class RevokeSessionFault : Fault
{
    private const int Sessions = 3;
    private const int Trials = 20;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public override string Name => "revoke-session";

    public override string Describe => "Three sessions of processes of clients are revoked, one after the other. Somebody else wants what is held under them.";

    public override async Task InjectAsync(FaultContext context, CancellationToken cancellationToken)
    {
        context.Affect([]);
        var longest = TimeSpan.Zero;
        for (var number = 0; number < Sessions; number++)
        {
            var (key, session) = await RevokeOneAsync(context, cancellationToken);
            var free = await WhenFreeAsync(context, key, session, cancellationToken);
            longest = free > longest ? free : longest;
        }

        context.Measure("longest until a lock was free, s", longest.TotalSeconds);
    }

    /// <summary>Revokes a session, under which a lock is held. Sessions live for seconds, so the first that is found may be over meanwhile.</summary>
    private static async Task<(string Key, string Session)> RevokeOneAsync(FaultContext context, CancellationToken cancellationToken)
    {
        for (var trial = 0; trial < Trials; trial++)
        {
            var (_, session) = await context.PickSessionAsync(cancellationToken);
            if (await FindKeyAsync(context, session, cancellationToken) is not { } key)
                continue;

            // Before it can have an effect: its client believes to hold until it is told.
            context.Cluster.History.Judge.Sessions.OnRevoking(session);
            if ((await context.Cluster.Locks.RevokeSessionAsync(session, cancellationToken)).Status == RevokeStatus.Revoked)
                return (key, session);
        }

        throw new ChaosException($"none of {Trials} sessions could be revoked");
    }

    private static async Task<string?> FindKeyAsync(FaultContext context, string session, CancellationToken cancellationToken)
    {
        foreach (var key in LoadKeys.UnderSession)
        {
            if ((await context.Cluster.Locks.GetInfoAsync(key, cancellationToken)).Holders.Any(holder => holder.SessionId == session))
                return key;
        }

        return null;
    }

    private static async Task<TimeSpan> WhenFreeAsync(FaultContext context, string key, string session, CancellationToken cancellationToken)
    {
        var began = Clock.Now;
        while (true)
        {
            var info = await context.Cluster.Locks.GetInfoAsync(key, cancellationToken);
            var waited = TimeSpan.FromSeconds(Clock.Seconds(Clock.Now - began));
            if (info.Known && info.Holders.All(holder => holder.SessionId != session))
                return waited;
            if (waited > Bound)
            {
                // Nobody has to free what nobody wants.
                if (info.Known && info.QueueLength > 0)
                    context.Cluster.History.Judge.Fail("free after its session", $"{key} is held under the session {session} {waited.TotalSeconds:0} s after that was revoked, and {info.QueueLength} wait");
                else
                    throw new ChaosException($"{key} was held for {waited.TotalSeconds:0} s after its session was revoked, and nobody was seen to wait for it");
                return waited;
            }

            await Clock.DelayAsync(Poll, cancellationToken);
        }
    }
}
